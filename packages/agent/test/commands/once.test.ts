// `ena-otel once` over a sysfs of files; through a pipe it is the real program.
import { type ChildProcess, spawn } from 'node:child_process'
import { once as event } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { describe, expect, onTestFinished, test } from 'vitest'

import type { Format } from '../../src/cli.ts'
import { once } from '../../src/commands/once.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLog } from '../../src/log.ts'
import { machine, nic } from '../../../metrics/test/interfaces/machine.ts'

const ENVIRONMENT = { AWS_EC2_METADATA_DISABLED: 'true' }
const NEVER = new Promise<never>(() => undefined)

interface Printed {
  readonly metrics: readonly {
    readonly name: string
    readonly points: readonly { readonly startTime: number; readonly value: number }[]
  }[]
}

/** The received bytes, by point, of an interface that has received 5000 since boot. */
async function rxBytes(
  env: Readonly<Record<string, string>>,
  typed: { readonly format: Format; readonly forMs: number | undefined },
  stopped: Promise<unknown> = NEVER,
): Promise<readonly number[]> {
  const { sysfs } = machine({ ...nic('nic0', 'virtio_net', 1), statistics: { rx_bytes: 5_000 } })
  const loaded = loadConfig({ sysfs }, { ...ENVIRONMENT, ...env })
  const { text: json } = await once(
    loaded,
    ENVIRONMENT,
    createLog({ logLevel: 'silent', logFormat: 'json' }),
    typed,
    stopped,
  )
  const { metrics } = JSON.parse(json) as Printed
  return metrics.find(({ name }) => name === 'system.network.io')?.points.map(({ value }) => value) ?? []
}

describe.runIf(process.platform === 'linux')('on Linux (skipped elsewhere)', () => {
  test.each([
    ['ENA_OTEL_TEMPORALITY', 'delta'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'Delta'],
    ['ENA_OTEL_TEMPORALITY', 'lowmemory'],
  ])('totals are printed as totals, although %s=%s applies to pushes', async (variable, temporality) => {
    const values = await rxBytes({ [variable]: temporality }, { format: 'json', forMs: 50 })
    expect([values.length > 1, new Set(values)]).toEqual([true, new Set([5_000])])
  })

  test('what was seen until it is stopped is printed', async () => {
    const values = await rxBytes({}, { format: 'json', forMs: 3_600_000 }, Promise.resolve())
    expect(new Set(values)).toEqual(new Set([5_000]))
  })
})

const BIN = fileURLToPath(new URL('../../src/bin.ts', import.meta.url))

function start(...args: readonly string[]): ChildProcess & {
  readonly stdout: NodeJS.ReadableStream & { destroy: () => void }
  readonly stderr: NodeJS.ReadableStream & { destroy: () => void }
} {
  const child = spawn(process.execPath, [BIN, ...args], { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** The arguments for a print of more than a pipe holds, 64 KB, and as many lines about what can't be read. */
function much(format: Format): readonly string[] {
  const statistics = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`rx_${i}`, i]))
  const nics = Array.from({ length: 100 }, (_, i) => ({ ...nic(`nic${i}`, 'virtio_net', i + 1), statistics }))
  return ['once', '--format', format, '--sysfs', machine(...nics).sysfs]
}

describe.runIf(process.platform === 'linux')('through a pipe (skipped where it isn’t Linux)', () => {
  test.each(['json', 'otlp-json', 'table'] as const)('all of %s arrives', async (format) => {
    const child = start(...much(format))
    const [printed, problems, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      event(child, 'exit'),
    ])
    expect([code, printed.length > 65_536, printed.includes('nic99'), printed.at(-1)]).toEqual([0, true, true, '\n'])
    if (format !== 'table') expect(() => JSON.parse(printed) as unknown).not.toThrow()
    expect(problems.match(/nic99 .*\n$/)).not.toBeNull()
  })

  test.each([
    ['once', much],
    ['schema', () => ['schema']],
    ['help', () => ['help', 'run']],
    ['wrong usage', () => ['rum']],
  ])('who does not read %s to its end has had enough: that is no error', async (what, args) => {
    const child = start(...args('json'))
    child.stdout.destroy()
    if (what === 'wrong usage') child.stderr.destroy()
    const [problems, [code]] = await Promise.all([
      what === 'wrong usage' ? '' : text(child.stderr),
      event(child, 'exit'),
    ])
    expect([code, problems.replaceAll(/^ena-otel: nic.*\n/gm, '')]).toEqual([what === 'wrong usage' ? 2 : 0, ''])
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends the time of --for, and what was seen is printed',
    async (signal) => {
      const { sysfs } = machine({ ...nic('nic0', 'virtio_net', 1), statistics: { rx_bytes: 5_000 } })
      const child = start('once', '--for', '1h', '--format', 'json', '--sysfs', sysfs, '--log-level', 'info')
      const printed = text(child.stdout)
      for await (const chunk of child.stderr) if (String(chunk).includes('attached')) break
      child.kill(signal)
      const [code] = (await event(child, 'exit')) as [number]
      expect([code, (JSON.parse(await printed) as Printed).metrics.length > 0]).toEqual([0, true])
    },
  )
})
