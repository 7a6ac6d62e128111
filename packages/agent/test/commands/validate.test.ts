import { join } from 'node:path'

import { expect, test } from 'vitest'

import { validate } from '../../src/commands/validate.ts'
import { OPTION_NAMES } from '../../src/config/options.ts'
import { temporaryFolder } from '../../../metrics/test/readers/temporary-folder.ts'
import { loadWithFile } from '../config/load-with-file.ts'

/** The lines as [option, value, source]. */
function rows(flags: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}): string[][] {
  return validate(loadWithFile(flags, env))
    .split('\n')
    .map((line) => line.split(/ {2,}/))
}

test('every option has a line, and its source is the default, a flag, a variable or a line of the file', () => {
  const config = join(temporaryFolder({ 'a.yaml': '# hourly\nqueueAge: 1h\nqueueSize: 16MiB\n' }), 'a.yaml')
  const env = { ENA_OTEL_HEALTH_PORT: 'off', OTEL_METRIC_EXPORT_INTERVAL: '30000', OTEL_METRICS_EXPORTER: 'none' }
  const [heading, ...lines] = rows({ config, include: ['eth0', 'lo'] }, env)
  expect(heading).toEqual(['OPTION', 'VALUE', 'SOURCE'])
  expect(lines.map(([name]) => name)).toEqual([...OPTION_NAMES, 'exporters', 'disabled'])
  expect(lines.filter(([, , source]) => source !== 'default')).toEqual([
    ['exportInterval', '30s', 'OTEL_METRIC_EXPORT_INTERVAL'],
    ['include', 'eth0,lo', '--include'],
    ['queueSize', '16MiB', `${config}:3`],
    ['queueAge', '1h', `${config}:2`],
    ['healthPort', 'off', 'ENA_OTEL_HEALTH_PORT'],
    ['exporters', 'none', 'OTEL_METRICS_EXPORTER'],
  ])
})

test.each([
  ['https://me:geheim@collector:4317', 'https://…@collector:4317'],
  ['https://geheim@collector:4317', 'https://…@collector:4317'],
  ['me:geheim@collector:4317', '…@collector:4317'],
])('secrets are hidden: header values and the user info of %s', (endpoint, shown) => {
  const lines = rows({ endpoint, header: ['Authorization=Bearer%20geheim', 'x = geheim=geheim'] })
  expect(lines.filter(([name]) => name === 'header' || name === 'endpoint')).toEqual([
    ['endpoint', shown, '--endpoint'],
    ['header', 'Authorization=…,x =…', '--header'],
  ])
})
