import { join } from 'node:path'

import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'

import { ConfigError } from '../../src/config/config-error.ts'
import { DEFAULTS } from '../../src/config/load.ts'
import { jsonSchema, OPTIONS } from '../../src/config/options.ts'
import { temporaryFolder } from '../../../metrics/test/readers/temporary-folder.ts'
import { loadWithFile } from './load-with-file.ts'
import { pemFile } from './pem-file.ts'

interface PropertySchema {
  readonly description?: string
  readonly default?: unknown
}

const schema = jsonSchema() as {
  readonly properties: Readonly<Record<string, PropertySchema>>
  readonly additionalProperties: unknown
}

test('the JSON schema has every option, with what it means and its default, and allows no other', () => {
  expect(Object.keys(schema.properties)).toEqual(Object.keys(OPTIONS.shape))
  expect(schema.additionalProperties).toBe(false)
  expect(Object.entries(schema.properties).filter(([, { description }]) => !description)).toEqual([])
  const defaults = Object.entries(schema.properties).map(([name, property]) => [name, property.default])
  expect(OPTIONS.parse(Object.fromEntries(defaults.filter(([, value]) => value !== undefined)))).toEqual(DEFAULTS)
})

test('the JSON schema uses nothing that a strict validator doesn’t know', () => {
  const text = JSON.stringify(schema)
  expect([...text.matchAll(/"format":"([^"]*)"/g)].map(([, format]) => format)).toEqual(['regex'])
  expect(text).not.toContain('readOnly')
})

/** Whether the schema takes a file with this text. zod reads the schema back: it knows nothing of OPTIONS then. */
function fitsSchema(text: string): boolean {
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(parse(text) ?? {}).success
}

function isLoaded(text: string): boolean {
  const config = join(temporaryFolder({ 'ena-otel.yaml': text }), 'ena-otel.yaml')
  try {
    loadWithFile({ config }, {})
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return false
  }
}

const ACCEPTED = [
  '',
  'sampleInterval: 500ms',
  'exportInterval: 1.5m',
  'include: [veth*, lo]',
  'exclude: []',
  'driver: ["!veth", ena]',
  'statistics: ^queue_\\d+_tx',
  'compat: [showmax, datadog]',
  'endpoint: http://collector:4317',
  'endpoint: collector:4317',
  'protocol: http/protobuf',
  'header: [Authorization=Bearer%20abc, x-tenant=]',
  'compression: none',
  'timeout: 1ms',
  `certificate: ${pemFile()}`,
  'insecure: true',
  'insecure: "false"',
  'temporality: lowmemory',
  'nodeName: ip-10-0-0-1',
  'healthPort: 9000',
  'healthPort: "9000"',
  'healthPort: off',
  'logLevel: silent',
  'logFormat: pretty',
  'sysfs: /host/sys',
]

const REFUSED = [
  'sampleInterval: 1',
  'sampleInterval: soon',
  'exportInterval:',
  'include: veth*',
  'include: [""]',
  'driver: ["!"]',
  'include: [5]',
  'statistics: 5',
  'compat: [other]',
  'endpoint: 5',
  'protocol: http/json',
  'header: [novalue]',
  'header: {a: b}',
  'compression: true',
  'certificate: ""',
  'insecure: yes',
  'temporality: Delta',
  'nodeName: ""',
  'healthPort: 0',
  'healthPort: 65536',
  'healthPort: 1.5',
  'healthPort: on',
  'healthPort: false',
  'logLevel: trace',
  'sysfs: sys',
  'sample_interval: 1s',
]

/** What only the loader sees: a schema can't count milliseconds, compile, decode, compare two options or open a file. */
const STRICTER_LOADER = [
  'sampleInterval: 0s',
  'timeout: 1h',
  'statistics: (',
  'endpoint: "http://"',
  'header: [a=%ff]',
  'healthPort: "65536"',
  'sampleInterval: 30s',
  'certificate: /nowhere',
]

describe('the JSON schema and the loader', () => {
  test.each(ACCEPTED)('both take %j', (text) => {
    expect([fitsSchema(text), isLoaded(text)]).toEqual([true, true])
  })

  test.each(REFUSED)('both refuse %j', (text) => {
    expect([fitsSchema(text), isLoaded(text)]).toEqual([false, false])
  })

  test.each(STRICTER_LOADER)('the loader alone refuses %j', (text) => {
    expect([fitsSchema(text), isLoaded(text)]).toEqual([true, false])
  })
})
