import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { fromEnvironment, variableName } from '../../src/config/environment.ts'
import { loadConfig } from '../../src/config/load.ts'
import { type Config, DEFAULTS, OPTION_NAMES } from '../../src/config/options.ts'
import { OTEL_VARIABLES } from '../../src/config/otel-variables.ts'
import { PEM } from './load-with-file.ts'

test('an empty or blank variable counts as unset', () => {
  const env = { ENA_OTEL_PROTOCOL: '', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: ' ', OTEL_EXPORTER_OTLP_PROTOCOL: ' grpc ' }
  expect(fromEnvironment('protocol', env)).toEqual({
    value: 'grpc',
    written: '"grpc"',
    origin: 'OTEL_EXPORTER_OTLP_PROTOCOL',
  })
  expect(fromEnvironment('protocol', { ENA_OTEL_PROTOCOL: '' })).toBeUndefined()
})

describe('OpenTelemetry’s variables', () => {
  const beside = { ENA_OTEL_CLIENT_CERTIFICATE: PEM, ENA_OTEL_CLIENT_KEY: PEM }

  /** For each supported variable: a text, and what it sets. */
  const SETS: Readonly<Record<string, readonly (readonly [text: string, want: Partial<Config>])[]>> = {
    OTEL_SDK_DISABLED: [
      ['true', { isDisabled: true }],
      ['TRUE', { isDisabled: true }],
      ['false', { isDisabled: false }],
    ],
    OTEL_METRICS_EXPORTER: [
      ['otlp', { exporters: ['otlp'], endpoint: 'http://localhost:4317' }],
      ['console', { exporters: ['console'] }],
      ['none', { exporters: [] }],
      [' OTLP , console,otlp', { exporters: ['otlp', 'console'] }],
      ['console,none', { exporters: [] }],
    ],
    OTEL_METRIC_EXPORT_INTERVAL: [
      ['60000', { exportInterval: 60_000, sampleInterval: 1_000 }],
      ['500', { exportInterval: 500, sampleInterval: 500 }],
    ],
    OTEL_METRIC_EXPORT_TIMEOUT: [
      ['2500', { timeout: 2_500 }],
      ['30000', { timeout: 10_000 }],
      ['0', { timeout: 10_000 }],
    ],
    OTEL_LOG_LEVEL: [
      ['WARN', { logLevel: 'warn' }],
      ['none', { logLevel: 'silent' }],
      ['verbose', { logLevel: 'debug' }],
      ['all', { logLevel: 'debug' }],
    ],
    // Read by the resource detection of @ena-otel/metrics, which has its own tests.
    OTEL_SERVICE_NAME: [['shop', DEFAULTS]],
    OTEL_RESOURCE_ATTRIBUTES: [['a=b', DEFAULTS]],
    ...otlp('ENDPOINT', ['http://collector:4317', { endpoint: 'http://collector:4317', exporters: ['otlp'] }]),
    ...otlp('PROTOCOL', ['http/protobuf', { protocol: 'http/protobuf' }], ['GRPC', { protocol: 'grpc' }]),
    ...otlp(
      'HEADERS',
      ['a=b', { header: ['a=b'] }],
      [
        ' Authorization = Bearer%20abc , x-tenant=1%2C2',
        { header: ['Authorization = Bearer%20abc', 'x-tenant=1%2C2'] },
      ],
      [' a=b, ,c=d,', { header: ['a=b', 'c=d'] }],
    ),
    ...otlp('COMPRESSION', ['none', { compression: 'none' }], ['GZIP', { compression: 'gzip' }]),
    ...otlp('TIMEOUT', ['2500', { timeout: 2_500 }], ['0', { timeout: 600_000 }]),
    ...otlp('CERTIFICATE', [PEM, { certificate: PEM }], ['/nowhere', { certificate: '/nowhere' }]),
    ...otlp('CLIENT_CERTIFICATE', [PEM, { clientCertificate: PEM }]),
    ...otlp('CLIENT_KEY', [PEM, { clientKey: PEM }]),
    ...otlp('INSECURE', ['true', { insecure: true }], ['True', { insecure: true }], ['false', { insecure: false }]),
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: [
      ['Delta', { temporality: 'delta' }],
      ['LowMemory', { temporality: 'lowmemory' }],
    ],
  }

  function otlp(
    suffix: string,
    ...rows: readonly (readonly [string, Partial<Config>])[]
  ): Record<string, readonly (readonly [string, Partial<Config>])[]> {
    return { [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`]: rows, [`OTEL_EXPORTER_OTLP_${suffix}`]: rows }
  }

  test('each supported variable has a row here', () => {
    const supported = OTEL_VARIABLES.filter(({ support }) => support !== 'no').map(({ name }) => name)
    expect(Object.keys(SETS).toSorted()).toEqual(supported.toSorted())
  })

  test.each(Object.entries(SETS).flatMap(([name, rows]) => rows.map(([text, want]) => [name, text, want] as const)))(
    '%s=%s sets what its row says',
    (name, text, want) => {
      const others = name.includes('_CLIENT_') ? { ...beside, [ownOf(name)]: '' } : {}
      const { config, origins } = loadConfig({}, { ...others, [name]: text })
      expect(config).toMatchObject(want)
      const { option } = OTEL_VARIABLES.find((row) => row.name === name)!
      if (option !== undefined) expect(origins[option]).toBe(name)
    },
  )

  const ownOf = (name: string): string => (name.endsWith('KEY') ? 'ENA_OTEL_CLIENT_KEY' : 'ENA_OTEL_CLIENT_CERTIFICATE')

  test.each([
    ...OTEL_VARIABLES.filter(({ support }) => support === 'no').map(({ name }) => name),
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  ])('%s, which is not supported, changes nothing', (name) => {
    expect(loadConfig({}, { [name]: 'x' })).toEqual({ config: DEFAULTS, origins: {}, warnings: [] })
  })

  test.each([
    ['OTEL_SDK_DISABLED', '1', '"1" is neither true nor false'],
    ['OTEL_METRICS_EXPORTER', 'prometheus,console', '"prometheus" is not one of otlp, console, none'],
    ['OTEL_METRIC_EXPORT_TIMEOUT', '-1', '"-1" is not a whole number of milliseconds up to 2147483647'],
    ['OTEL_LOG_LEVEL', 'loud', '"loud" is not one of debug, info, warn, error, silent'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0', '"0" (milliseconds) is outside 100ms to 24h'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '-1', '"-1" is not a duration: write a whole number of milliseconds'],
    ['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', 'soon', '"soon" is not a duration: write a whole number of milliseconds'],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'http://me:geheim@:1',
      '"http://…@:1" has no host: write it as http://host:4317 or https://host:4317',
    ],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'HTTP/JSON', '"HTTP/JSON" is not one of grpc, http/protobuf'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zstd', '"zstd" is not one of gzip, none'],
    ['OTEL_EXPORTER_OTLP_INSECURE', 'yes', '"yes" is neither true nor false'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'Both', '"Both" is not one of cumulative, delta, lowmemory'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=1,b', 'entry 2 is not of the form name=value, like Authorization=Bearer%20abc'],
    [
      'OTEL_EXPORTER_OTLP_CLIENT_KEY',
      PEM,
      'a client certificate and its key go together: set both, --client-certificate and --client-key',
    ],
  ])('%s=%s gives a warning and leaves the default', (variable, text, problem) => {
    const { config, warnings } = loadConfig({}, { [variable]: text })
    expect([config, warnings]).toEqual([DEFAULTS, [`${variable}: ${problem}; ignored`]])
  })

  test('a wrong value counts as not set: the general variable, then the file, apply', () => {
    const wrong = { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json' }
    const file = new Map([['protocol', { value: 'http/protobuf', origin: 'a.yaml:1: protocol' }]])
    const { origins } = loadConfig({}, { ...wrong, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, file)
    expect([origins.protocol, loadConfig({}, wrong, file).origins.protocol]).toEqual([
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'a.yaml:1: protocol',
    ])
  })

  test('INSECURE is false unless it is true, even if the general variable is true', () => {
    const env = { OTEL_EXPORTER_OTLP_METRICS_INSECURE: '1', OTEL_EXPORTER_OTLP_INSECURE: 'true' }
    expect(loadConfig({}, env).config.insecure).toBe(false)
  })

  test('an endpoint without the exporter otlp gives a warning', () => {
    expect(loadConfig({ endpoint: 'http://a:1' }, { OTEL_METRICS_EXPORTER: 'none' })).toMatchObject({
      config: { exporters: [] },
      warnings: ['--endpoint has no effect: OTEL_METRICS_EXPORTER does not name otlp'],
    })
  })

  test('an unreadable certificate gives a warning and is kept: no other authority is trusted instead', () => {
    const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.PEM' }
    expect(loadConfig({ endpoint: 'https://a:1' }, env)).toMatchObject({
      config: { certificate: '/nowhere/ca.PEM' },
      warnings: [
        `OTEL_EXPORTER_OTLP_CERTIFICATE: /nowhere/ca.PEM can't be read (ENOENT): exports fail until it can be read by uid ${process.getuid?.()}`,
      ],
    })
  })

  test('without TLS, certificates are not read', () => {
    expect(loadConfig({ endpoint: 'http://a:1', certificate: '/nowhere/ca.PEM' }, {}).warnings).toEqual([])
    expect(loadConfig({ endpoint: 'a:1', insecure: true, certificate: '/nowhere/ca.PEM' }, {}).warnings).toEqual([])
  })

  test('an export interval shorter than the configured sample interval is ignored', () => {
    const { config, warnings } = loadConfig({ sampleInterval: '2s' }, { OTEL_METRIC_EXPORT_INTERVAL: '500' })
    expect([config.exportInterval, warnings]).toEqual([
      15_000,
      [
        'OTEL_METRIC_EXPORT_INTERVAL: exports would be more frequent than reads: make the export interval at least the sample interval; ignored',
      ],
    ])
  })

  test('OTEL_METRIC_EXPORT_TIMEOUT limits OpenTelemetry’s other timeout, not ours', () => {
    const env = { OTEL_METRIC_EXPORT_TIMEOUT: '2000', OTEL_EXPORTER_OTLP_TIMEOUT: '3000' }
    expect([loadConfig({}, env).config.timeout, loadConfig({ timeout: '4s' }, env).config.timeout]).toEqual([
      2_000, 4_000,
    ])
  })

  test('the variable for metrics replaces the general one completely, also for headers', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=2', OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'c=3' }
    expect(loadConfig({}, env).config.header).toEqual(['c=3'])
  })

  test('our own variable needs a unit for a time', () => {
    expect(() => loadConfig({}, { ENA_OTEL_EXPORT_INTERVAL: '15000' })).toThrow(
      'ENA_OTEL_EXPORT_INTERVAL: "15000" is not a duration: write it with its unit, like 500ms, 1s or 2m',
    )
  })

  test('the README has the table', () => {
    const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')
    const rows = [...readme.matchAll(/^\| `(OTEL_\w+)` +\| (\w+) +\| (.*?) +\|$/gm)].map(([, ...cells]) => cells)
    expect(rows).toEqual(OTEL_VARIABLES.map(({ name, support, note }) => [name, support, note]))
  })
})

describe('a mistyped variable', () => {
  test.each([
    ['ENA_OTEL_SAMPEL_INTERVAL', 'ENA_OTEL_SAMPLE_INTERVAL'],
    ['ENA_OTEL_ENDPIONT', 'ENA_OTEL_ENDPOINT'],
    ['ENA_OTEL_HEATH_PORT', 'ENA_OTEL_HEALTH_PORT'],
    ['ENA_OTEL_CONFIG_FILE', 'ENA_OTEL_CONFIG'],
  ])('%s gives a warning that names %s', (name, closest) => {
    expect(loadConfig({}, { [name]: '9000' })).toEqual({
      config: DEFAULTS,
      origins: {},
      warnings: [`${name} is not an option, so it is ignored (did you mean ${closest}?)`],
    })
  })
})

describe('in Kubernetes', () => {
  test('the variables that it sets for a Service named ena-otel are no error', () => {
    const env = {
      ENA_OTEL_SERVICE_HOST: '10.100.0.17',
      ENA_OTEL_SERVICE_PORT: '80',
      ENA_OTEL_SERVICE_PORT_METRICS: '80',
      ENA_OTEL_PORT: 'tcp://10.100.0.17:80',
      ENA_OTEL_PORT_80_TCP: 'tcp://10.100.0.17:80',
      ENA_OTEL_PORT_80_TCP_PROTO: 'tcp',
      ENA_OTEL_PORT_80_TCP_PORT: '80',
      ENA_OTEL_PORT_80_TCP_ADDR: '10.100.0.17',
    }
    expect(loadConfig({}, env)).toEqual({ config: DEFAULTS, origins: {}, warnings: [] })
  })

  test('no option has a variable that it sets for a Service, but healthPort', () => {
    const ofService = /^ENA_OTEL_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_.*)?)$/
    expect(OPTION_NAMES.filter((name) => ofService.test(variableName(name)))).toEqual(['healthPort'])
  })

  test('a Service named ena-otel-health gives an error with the cause', () => {
    expect(() => loadConfig({}, { ENA_OTEL_HEALTH_PORT: 'tcp://10.100.0.17:80' })).toThrow(
      'ENA_OTEL_HEALTH_PORT: "tcp://10.100.0.17:80" is what Kubernetes sets for a Service ena-otel-health: set enableServiceLinks: false on the pod',
    )
  })
})
