import { join } from 'node:path'

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { ConfigError } from '../../src/config/config-error.ts'
import { variableName } from '../../src/config/environment.ts'
import { DEFAULTS, flagName, isList, loadConfig } from '../../src/config/load.ts'
import { type Config, type OptionName, OPTIONS } from '../../src/config/options.ts'
import { temporaryFolder } from '../../../metrics/test/readers/temporary-folder.ts'
import { loadWithFile } from './load-with-file.ts'
import { pemFile } from './pem-file.ts'

const NAMES = Object.keys(OPTIONS.shape) as OptionName[]
const PEM = pemFile()

/** A text and what it means. */
type Setting = readonly [text: string, value: unknown]

interface Row {
  /** Six settings that differ: flag, own variable, two of OpenTelemetry, file; and what it is by default. */
  readonly settings: readonly Setting[]
  readonly byDefault: unknown
  /** OpenTelemetry's variables, the signal's before the general one. */
  readonly openTelemetry?: readonly string[]
  /** What has to be set as well. */
  readonly beside?: Readonly<Record<string, string>>
}

const otlp = (suffix: string): string[] => [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`]
const texts = (...values: readonly string[]): Setting[] => values.map((text) => [text, text])
const lists = (...values: readonly string[]): Setting[] => values.map((text) => [text, text.split(',')])

/** A row for each option: one without doesn't compile. Two settings may take turns where there are no five. */
const TABLE: Readonly<Record<OptionName, Row>> = {
  sampleInterval: {
    settings: [
      ['2s', 2_000],
      ['100ms', 100],
      ['500ms', 500],
    ],
    byDefault: 1_000,
  },
  exportInterval: {
    settings: [
      ['20s', 20_000],
      ['30s', 30_000],
      ['40000', 40_000],
      ['1m', 60_000],
    ],
    openTelemetry: ['OTEL_METRIC_EXPORT_INTERVAL'],
    byDefault: 15_000,
  },
  detail: { settings: texts('full', 'changes', 'full'), byDefault: 'changes' },
  include: { settings: lists('veth*', 'eth0,eth1', 'lo'), byDefault: [] },
  exclude: { settings: lists('veth*', 'eth0,eth1', 'lo'), byDefault: [] },
  driver: { settings: lists('ena', '!veth,virtio_net', '*'), byDefault: [] },
  statistics: {
    settings: [
      ['a,b', /a,b/],
      ['^queue_', /^queue_/],
      ['.', /./],
    ],
    byDefault: undefined,
  },
  compat: { settings: lists('showmax', 'telegraf,datadog', 'cloudwatch'), byDefault: [] },
  endpoint: {
    settings: texts('http://a:1', 'http://b:2', 'http://c:3', 'http://d:4', 'http://e:5'),
    openTelemetry: otlp('ENDPOINT'),
    byDefault: undefined,
  },
  collectorAddress: { settings: texts('10.100.0.7', 'fd00::7', '10.100.0.8'), byDefault: undefined },
  protocol: {
    settings: texts('http/protobuf', 'grpc', 'http/protobuf', 'grpc', 'http/protobuf'),
    openTelemetry: otlp('PROTOCOL'),
    byDefault: 'grpc',
  },
  header: { settings: lists('a=1', 'b=2,c=3', 'd=4', 'e=5', 'f=6'), openTelemetry: otlp('HEADERS'), byDefault: [] },
  compression: {
    settings: texts('none', 'gzip', 'none', 'gzip', 'none'),
    openTelemetry: otlp('COMPRESSION'),
    byDefault: 'gzip',
  },
  timeout: {
    settings: [
      ['1s', 1_000],
      ['2s', 2_000],
      ['3000', 3_000],
      ['4000', 4_000],
      ['5s', 5_000],
    ],
    openTelemetry: otlp('TIMEOUT'),
    byDefault: 10_000,
  },
  certificate: { settings: files(5), openTelemetry: otlp('CERTIFICATE'), byDefault: undefined },
  clientCertificate: {
    settings: files(5),
    openTelemetry: otlp('CLIENT_CERTIFICATE'),
    byDefault: undefined,
    beside: { ENA_OTEL_CLIENT_KEY: PEM },
  },
  clientKey: {
    settings: files(5),
    openTelemetry: otlp('CLIENT_KEY'),
    byDefault: undefined,
    beside: { ENA_OTEL_CLIENT_CERTIFICATE: PEM },
  },
  insecure: {
    settings: [
      ['true', true],
      ['false', false],
      ['true', true],
      ['false', false],
      ['true', true],
    ],
    openTelemetry: otlp('INSECURE'),
    byDefault: false,
  },
  temporality: {
    settings: texts('delta', 'cumulative', 'lowmemory', 'delta'),
    openTelemetry: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    byDefault: 'cumulative',
  },
  queueSize: {
    settings: [
      ['64KiB', 65_536],
      ['16MiB', 16_777_216],
      ['1GiB', 1_073_741_824],
    ],
    byDefault: 8_388_608,
  },
  queueAge: {
    settings: [
      ['1s', 1_000],
      ['10m', 600_000],
      ['24h', 86_400_000],
    ],
    byDefault: 3_300_000,
  },
  mostSeries: {
    settings: [
      ['100', 100],
      ['5000', 5_000],
      ['20000', 20_000],
    ],
    byDefault: 2_000,
  },
  nodeName: { settings: texts('a', 'b', 'c'), byDefault: undefined },
  clusterName: { settings: texts('a', 'b', 'c'), byDefault: undefined },
  healthPort: {
    settings: [
      ['1', 1],
      ['off', undefined],
      ['65535', 65_535],
    ],
    byDefault: 8413,
  },
  logLevel: { settings: texts('debug', 'silent', 'warn'), byDefault: 'info' },
  logFormat: { settings: texts('json', 'pretty', 'json'), byDefault: 'auto' },
  sysfs: { settings: texts('/a', '/b', '/c'), byDefault: '/sys' },
  procfs: { settings: texts('/a', '/b', '/c'), byDefault: '/proc' },
}

/** Paths of one file that differ. */
function files(count: number): Setting[] {
  return texts(...Array.from({ length: count }, (_, i) => `${PEM.replace(/[^/]+$/, '')}${'./'.repeat(i)}pem-file.ts`))
}

describe.each(NAMES)('%s', (option) => {
  const { settings, byDefault, openTelemetry = [], beside = {} } = TABLE[option]
  const own = variableName(option)

  test(`is taken from ${['the flag', own, ...openTelemetry, 'the file'].join(', then ')}, then its default`, () => {
    expect(settings).toHaveLength(openTelemetry.length + 3)
    const [flag, ...rest] = settings
    const variables = [own, ...openTelemetry].map((name, i) => [name, rest[i]!] as const)
    const inFile = settings.at(-1)!
    const path = join(temporaryFolder({ 'ena-otel.yaml': `${option}: ${yaml(option, inFile)}\n` }), 'ena-otel.yaml')

    const places = [[flagName(option), flag], ...variables, [`${path}:1: ${option}`, inFile]] as const
    const seen = places.map((_, from) => {
      // Everything from this place on is set, everything before it isn't.
      const flags = from === 0 ? { [option]: typed(option, flag!) } : {}
      const env = Object.fromEntries(variables.slice(Math.max(0, from - 1)).map(([name, [text]]) => [name, text]))
      const { config, origins } = loadWithFile({ ...flags, config: path }, { ...beside, ...env })
      return [origins[option], config[option]]
    })
    const unset = loadConfig({}, {})
    expect([...seen, [unset.origins[option], unset.config[option]]]).toEqual([
      ...places.map(([origin, setting]) => [origin, setting![1]]),
      [undefined, byDefault],
    ])
  })
})

/** What commander makes of a flag with this text. */
function typed(option: OptionName, [text]: Setting): unknown {
  if (isList(option)) return [text]
  return option === 'insecure' ? text === 'true' : text
}

function yaml(option: OptionName, [text, value]: Setting): string {
  return JSON.stringify(isList(option) ? value : text)
}

test('an option that was not set is at its default, and says so by having no origin', () => {
  expect(loadConfig({}, {})).toEqual({ config: DEFAULTS, origins: {} })
})

test('a list is given by repeating the flag, with commas, or both', () => {
  expect(loadConfig({ include: ['eth0, eth1', 'veth*'] }, {}).config.include).toEqual(['eth0', 'eth1', 'veth*'])
})

test('the file is named by --config or, failing that, ENA_OTEL_CONFIG', () => {
  const folder = temporaryFolder({ 'a.yaml': 'logLevel: debug\n', 'b.yaml': 'logLevel: error\n' })
  const env = { ENA_OTEL_CONFIG: join(folder, 'b.yaml') }
  const levels = [
    loadWithFile({ config: join(folder, 'a.yaml') }, env),
    loadWithFile({}, env),
    loadWithFile({}, { ENA_OTEL_CONFIG: '' }),
  ]
  expect(levels.map(({ config }) => config.logLevel)).toEqual(['debug', 'error', 'info'])
})

/** The lines with which these options are refused. */
function refused(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): readonly string[] {
  try {
    return [`was taken: ${JSON.stringify(loadWithFile(flags, env).config)}`]
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).lines
  }
}

const DURATION = 'is not a duration: write it with its unit, like 500ms, 1s or 2m'
const WRITE = 'write it as http://host:4317 or https://host:4317'

describe('a bad value is refused with one line that says what, where and what to do:', () => {
  test.each<[flags: Readonly<Record<string, unknown>>, line: string]>([
    [{ sampleInterval: '0s' }, '--sample-interval: "0s" is outside 100ms to 1m'],
    [{ sampleInterval: '0' }, `--sample-interval: "0" ${DURATION}`],
    [{ sampleInterval: '99ms' }, '--sample-interval: "99ms" is outside 100ms to 1m'],
    [{ exportInterval: '25h' }, '--export-interval: "25h" is outside 100ms to 24h'],
    [{ exportInterval: '99ms', sampleInterval: '100ms' }, '--export-interval: "99ms" is outside 100ms to 24h'],
    [{ timeout: '0s' }, '--timeout: "0s" is outside 1ms to 10m'],
    [{ include: ['a,,b'] }, '--include: "" has an empty entry'],
    [{ driver: ['ena,!'] }, '--driver: "!" has an empty entry'],
    [{ statistics: '(' }, '--statistics: "(" does not compile: /(/: Unterminated group'],
    [
      { compat: ['showmaxx'] },
      '--compat: "showmaxx" is not one of showmax, node_exporter, telegraf, cloudwatch, datadog',
    ],
    [{ endpoint: 'http://' }, `--endpoint: "http://" has no host: ${WRITE}`],
    [{ endpoint: ':4317' }, `--endpoint: ":4317" has no host: ${WRITE}`],
    [{ endpoint: '' }, `--endpoint: "" has no host: ${WRITE}`],
    [{ endpoint: 'http://:4317' }, `--endpoint: "http://:4317" has no host: ${WRITE}`],
    [{ endpoint: 'http://user@:4317' }, `--endpoint: "http://user@:4317" has no host: ${WRITE}`],
    [{ endpoint: 'https:///v1/metrics' }, `--endpoint: "https:///v1/metrics" has no host: ${WRITE}`],
    [{ endpoint: 'grpc://host:4317' }, `--endpoint: "grpc://host:4317" is neither http:// nor https://: ${WRITE}`],
    [
      { endpoint: 'unix:///run/otel.sock' },
      `--endpoint: "unix:///run/otel.sock" is neither http:// nor https://: ${WRITE}`,
    ],
    [{ endpoint: 'http://host:port' }, `--endpoint: "http://host:port" is not a URL: ${WRITE}`],
    [{ endpoint: 'host:99999' }, `--endpoint: "host:99999" is not a URL: ${WRITE}`],
    [{ protocol: 'http/json' }, '--protocol: "http/json" is not one of grpc, http/protobuf'],
    [{ endpoint: 'http://me:geheim@:4317' }, `--endpoint: "http://me:…@:4317" has no host: ${WRITE}`],
    [{ header: ['geheim'] }, '--header: entry 1 is not of the form name=value, like Authorization=Bearer%20abc'],
    [{ header: ['=geheim'] }, '--header: entry 1 is not of the form name=value, like Authorization=Bearer%20abc'],
    [
      { header: ['x=1,a(b=geheim'] },
      '--header: entry 2 is not of the form name=value, like Authorization=Bearer%20abc',
    ],
    [
      { header: ['Authorization: Basic geheim=='] },
      '--header: entry 1 is not of the form name=value, like Authorization=Bearer%20abc',
    ],
    [{ header: ['a=b,'] }, '--header: entry 2 is not of the form name=value, like Authorization=Bearer%20abc'],
    [{ header: ['a=geheim%'] }, '--header: "a=…" has a "%" that begins no escape: write %25 for a percent sign'],
    [{ header: ['a = geheim%ff'] }, '--header: "a=…" has a "%" that begins no escape: write %25 for a percent sign'],
    [{ header: ['a=x%0Ay'] }, '--header: "a=…" has a value that a header cannot hold: use printable ASCII only'],
    [{ header: ['x-bin=1'] }, '--header: "x-bin=…" has a name that gRPC keeps for binary values: leave out -bin'],
    [{ header: ['a=é'] }, '--header: "a=…" has a value that a header cannot hold: use printable ASCII only'],
    [{ compression: 'zstd' }, '--compression: "zstd" is not one of gzip, none'],
    [{ temporality: 'both' }, '--temporality: "both" is not one of cumulative, delta, lowmemory'],
    [
      { collectorAddress: '$(SERVICE_HOST)' },
      '--collector-address: "$(SERVICE_HOST)" is no IP address: write it like 10.100.0.7 or fd00::7, without a port',
    ],
    [{ nodeName: '' }, '--node-name: "" is empty: give a name, or leave it out'],
    [{ mostSeries: '0' }, '--most-series: "0" is not a whole number from 100 to 20000'],
    [{ mostSeries: 'many' }, '--most-series: "many" is not a whole number from 100 to 20000'],
    [{ mostSeries: '-5' }, '--most-series: "-5" is not a whole number from 100 to 20000'],
    [{ healthPort: '0' }, '--health-port: "0" is not a port: a number from 1 to 65535, or off'],
    [{ healthPort: '65536' }, '--health-port: "65536" is not a port: a number from 1 to 65535, or off'],
    [{ healthPort: 'on' }, '--health-port: "on" is not a port: a number from 1 to 65535, or off'],
    [{ healthPort: '' }, '--health-port: "" is not a port: a number from 1 to 65535, or off'],
    [{ logLevel: 'trace' }, '--log-level: "trace" is not one of debug, info, warn, error, silent'],
    [{ sysfs: 'sys' }, '--sysfs: "sys" is not an absolute path: begin it with /'],
    [
      { certificate: '/nowhere/ca.pem' },
      `--certificate: /nowhere/ca.pem can't be read (ENOENT): name a PEM file that uid ${process.getuid?.()} may read`,
    ],
    [{ certificate: '' }, '--certificate: "" is empty: name a PEM file'],
    [
      { clientKey: PEM },
      '--client-key: a client certificate and its key go together: set both, --client-certificate and --client-key',
    ],
    [
      { exportInterval: '1s', sampleInterval: '2s' },
      '--export-interval: pushes would be more frequent than reads: make the export interval at least the sample interval',
    ],
    [{ config: '' }, '--config: "" is empty: name a YAML file'],
    [{ config: ' ' }, '--config: " " is empty: name a YAML file'],
    [
      { sampleInterval: '16s' },
      '--sample-interval: pushes would be more frequent than reads: make the export interval at least the sample interval',
    ],
  ])('%j', (flags, line) => {
    expect(refused(flags)).toEqual([line])
  })
})

test('an endpoint is taken with and without a scheme, a port, a path, and by address', () => {
  const endpoints = [
    'http://collector:4317',
    'https://collector',
    'HTTP://Collector:4317/',
    'collector:4317',
    'collector',
    '10.0.0.7:4317',
    '[fd00::7]:4317',
    'http://[::1]:4318/otlp',
  ]
  expect(endpoints.map((endpoint) => loadConfig({ endpoint }, {}).config.endpoint)).toEqual(endpoints)
})

test('every problem is told at once, each with its place', () => {
  const path = join(temporaryFolder({ 'a.yaml': 'timeout: 5\nsampelInterval: 1s\nlogLevel: loud\n' }), 'a.yaml')
  expect(refused({ config: path, sampleInterval: '0s' }, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' })).toEqual([
    `${path}:2: sampelInterval is no option: the options are ${NAMES.join(', ')}`,
    '--sample-interval: "0s" is outside 100ms to 1m',
    'OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" is not one of grpc, http/protobuf',
    `${path}:1: timeout: 5 ${DURATION}`,
    `${path}:3: logLevel: "loud" is not one of debug, info, warn, error, silent`,
  ])
})

test('whatever is typed is either taken or refused with lines that name the flag', () => {
  const option = fc.constantFrom(...NAMES)
  const text = fc.oneof(fc.string(), fc.constantFrom('0', '1s', 'off', 'true', '!', '=', '%', '(', 'http://', '/', ','))
  fc.assert(
    fc.property(option, text, (name, value) => {
      let config: Config
      try {
        ;({ config } = loadConfig({ [name]: isList(name) ? [value] : value }, {}))
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        for (const line of (error as ConfigError).lines) expect(line).toMatch(new RegExp(`^${flagName(name)}: .`))
        return
      }
      expect(Object.keys(config).length).toBeGreaterThan(0)
    }),
  )
})
