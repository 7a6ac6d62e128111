import { join } from 'node:path'

import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'

import { jsonSchema, OPTIONS } from '../../src/config/options.ts'
import { temporaryFolder } from '../../../metrics/test/readers/temporary-folder.ts'
import { PEM, problemsOf } from './load-with-file.ts'

interface PropertySchema {
  readonly description?: string
  readonly default?: unknown
}

const schema = jsonSchema() as {
  readonly properties: Readonly<Record<string, PropertySchema>>
  readonly additionalProperties: unknown
}

test('the JSON schema has every option with its meaning and default, and allows no other', () => {
  expect(Object.keys(schema.properties)).toEqual(Object.keys(OPTIONS.shape))
  expect(schema.additionalProperties).toBe(false)
  expect(Object.entries(schema.properties).filter(([, { description }]) => !description)).toEqual([])
  const defaults = Object.entries(schema.properties).map(([name, property]) => [name, property.default])
  expect(OPTIONS.parse(Object.fromEntries(defaults.filter(([, value]) => value !== undefined)))).toEqual(
    OPTIONS.parse({}),
  )
})

test('the JSON schema uses only keywords that strict validators know', () => {
  const text = JSON.stringify(schema)
  expect([...text.matchAll(/"format":"([^"]*)"/g)].map(([, format]) => format)).toEqual(['regex'])
  expect(text).not.toContain('readOnly')
})

/** Whether the schema accepts a file with this text. zod parses the schema, without OPTIONS. */
function fitsSchema(text: string): boolean {
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(parse(text) ?? {}).success
}

function isLoaded(text: string): boolean {
  const config = join(temporaryFolder({ 'ena-otel.yaml': text }), 'ena-otel.yaml')
  return problemsOf({ config })[0]!.startsWith('accepted')
}

const ACCEPTED = [
  '',
  'exportInterval: 1.5m',
  'include: [veth*, lo]',
  'include: ["eth{0,1}", "!eth[!0]"]',
  'driver: ["!veth", ena]',
  'statistics: ^queue_\\d+_tx',
  'compat: [showmax, datadog]',
  'endpoint: collector:4317',
  'protocol: http/protobuf',
  'header: [Authorization=Bearer%20abc, x-tenant=]',
  `certificate: ${PEM}`,
  'insecure: true',
  'insecure: "false"',
  'nodeName: ip-10-0-0-1',
  'healthPort: "9000"',
  'healthPort: off',
  'sysfs: /host/sys',
]

const REFUSED = [
  'sampleInterval: 1',
  'exportInterval:',
  'include: veth*',
  'include: [""]',
  'include: ["!(eth0)"]',
  'driver: ["!"]',
  'statistics: 5',
  'compat: [other]',
  'endpoint: 5',
  'protocol: http/json',
  'header: [novalue]',
  'header: {a: b}',
  'certificate: ""',
  'insecure: yes',
  'nodeName: ""',
  'healthPort: 0',
  'healthPort: 1.5',
  'healthPort: false',
  'sysfs: sys',
  'sample_interval: 1s',
]

/** Problems that only the loader finds: a schema can't compute, compile, decode, compare options or open a file. */
const STRICTER_LOADER = [
  'sampleInterval: 0s',
  'timeout: 1h',
  'statistics: (',
  'endpoint: "http://"',
  'header: [a=%ff]',
  'exclude: ["!eth0"]',
  'healthPort: "65536"',
  'sampleInterval: 30s',
  'certificate: /nowhere',
]

describe('the JSON schema and the loader', () => {
  test.each(ACCEPTED)('both accept %j', (text) => {
    expect([fitsSchema(text), isLoaded(text)]).toEqual([true, true])
  })

  test.each(REFUSED)('both refuse %j', (text) => {
    expect([fitsSchema(text), isLoaded(text)]).toEqual([false, false])
  })

  test.each(STRICTER_LOADER)('the loader alone refuses %j', (text) => {
    expect([fitsSchema(text), isLoaded(text)]).toEqual([true, false])
  })
})
