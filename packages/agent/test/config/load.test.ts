import { basename, dirname, join } from 'node:path'

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { variableName } from '../../src/config/environment.ts'
import { loadConfig } from '../../src/config/load.ts'
import { StatisticsFilter } from '../../src/config/statistics-filter.ts'
import { flagName, isList, OPTION_NAMES as NAMES, type OptionName } from '../../src/config/options.ts'
import { OTEL_VARIABLES } from '../../src/config/otel-variables.ts'
import { temporaryFolder } from '../../../metrics/test/readers/temporary-folder.ts'
import { loadWithFile, PEM, problemsOf } from './load-with-file.ts'

/** A text and its value. */
type Setting = readonly [text: string, value: unknown]

interface Row {
  /** Different settings: flag, own variable, OpenTelemetry's variables, file. */
  readonly settings: readonly Setting[]
  readonly byDefault: unknown
  /** Other variables that must be set. */
  readonly beside?: Readonly<Record<string, string>>
}

const pairs = (written: readonly string[], values: readonly unknown[]): Setting[] =>
  written.map((text, i) => [text, values[i]])
const texts = (...values: readonly string[]): Setting[] => pairs(values, values)
const lists = (...values: readonly string[]): Setting[] => values.map((text) => [text, text.split(',')])

/** A row for each option: one without doesn't compile. Two settings may alternate where there are not five. */
const TABLE: Readonly<Record<OptionName, Row>> = {
  sampleInterval: { settings: pairs(['2s', '100ms', '500ms'], [2_000, 100, 500]), byDefault: 1_000 },
  exportInterval: {
    settings: pairs(['20s', '30s', '40000', '1m'], [20_000, 30_000, 40_000, 60_000]),
    byDefault: 15_000,
  },
  heartbeatInterval: { settings: pairs(['15s', '2m', '30s'], [15_000, 120_000, 30_000]), byDefault: 60_000 },
  detail: { settings: texts('full', 'changes', 'full'), byDefault: 'changes' },
  include: { settings: lists('veth*', 'eth0,eth1', 'lo'), byDefault: [] },
  exclude: { settings: lists('veth*', 'eth0,eth1', 'lo'), byDefault: [] },
  driver: { settings: lists('ena', '!veth,virtio_net', '*'), byDefault: [] },
  statistics: {
    settings: pairs(
      ['a,b', '^queue_', '.'],
      ['a,b', '^queue_', '.'].map((source) => new StatisticsFilter(source)),
    ),
    byDefault: undefined,
  },
  ownMetrics: { settings: texts('all', 'used', 'all'), byDefault: 'used' },
  compat: { settings: lists('showmax', 'telegraf,datadog', 'cloudwatch'), byDefault: [] },
  endpoint: {
    settings: texts('http://a:1', 'http://b:2', 'http://c:3', 'http://d:4', 'http://e:5'),
    byDefault: undefined,
  },
  collectorAddress: { settings: texts('10.100.0.7', 'fd00::7', '10.100.0.8'), byDefault: undefined },
  protocol: { settings: texts('http/protobuf', 'grpc', 'http/protobuf', 'grpc', 'http/protobuf'), byDefault: 'grpc' },
  header: { settings: lists('a=1', 'b=2,c=3', 'd=4', 'e=5', 'f=6'), byDefault: [] },
  headerFile: { settings: texts('/dev/null', '/dev//null', '/dev/null'), byDefault: undefined },
  compression: { settings: texts('none', 'gzip', 'none', 'gzip', 'none'), byDefault: 'gzip' },
  timeout: {
    settings: pairs(['1s', '2s', '3000', '4000', '5s'], [1_000, 2_000, 3_000, 4_000, 5_000]),
    byDefault: 10_000,
  },
  certificate: { settings: files(5), byDefault: undefined },
  clientCertificate: { settings: files(5), byDefault: undefined, beside: { ENA_OTEL_CLIENT_KEY: PEM } },
  clientKey: { settings: files(5), byDefault: undefined, beside: { ENA_OTEL_CLIENT_CERTIFICATE: PEM } },
  insecure: {
    settings: pairs(['true', 'false', 'true', 'false', 'true'], [true, false, true, false, true]),
    byDefault: false,
  },
  temporality: { settings: texts('delta', 'cumulative', 'lowmemory', 'delta'), byDefault: 'cumulative' },
  queueSize: { settings: pairs(['64KiB', '16MiB', '1GiB'], [65_536, 16_777_216, 1_073_741_824]), byDefault: 8_388_608 },
  queueAge: { settings: pairs(['1s', '10m', '24h'], [1_000, 600_000, 86_400_000]), byDefault: 3_300_000 },
  maxSeries: { settings: pairs(['100', '5000', '20000'], [100, 5_000, 20_000]), byDefault: 2_000 },
  nodeName: { settings: texts('a', 'b', 'c'), byDefault: undefined },
  clusterName: { settings: texts('a', 'b', 'c'), byDefault: undefined },
  healthPort: { settings: pairs(['1', 'off', '65535'], [1, undefined, 65_535]), byDefault: 8413 },
  logLevel: { settings: texts('debug', 'silent', 'warn', 'error'), byDefault: 'info' },
  logFormat: { settings: texts('json', 'pretty', 'json'), byDefault: 'auto' },
  sysfs: { settings: texts('/a', '/b', '/c'), byDefault: '/sys' },
  procfs: { settings: texts('/a', '/b', '/c'), byDefault: '/proc' },
}

/** Paths of one file that differ. */
function files(count: number): Setting[] {
  return texts(...Array.from({ length: count }, (_, i) => `${dirname(PEM)}/${'./'.repeat(i)}${basename(PEM)}`))
}

describe.each(NAMES)('%s', (option) => {
  const { settings, byDefault, beside = {} } = TABLE[option]
  const openTelemetry = OTEL_VARIABLES.filter((row) => row.option === option).map(({ name }) => name)
  const own = variableName(option)

  test(`is taken from ${['the flag', own, ...openTelemetry, 'the file'].join(', then ')}, then its default`, () => {
    expect(settings).toHaveLength(openTelemetry.length + 3)
    const [flag, ...rest] = settings
    const variables = [own, ...openTelemetry].map((name, i) => [name, rest[i]!] as const)
    const inFile = settings.at(-1)!
    const path = join(temporaryFolder({ 'ena-otel.yaml': `${option}: ${yaml(option, inFile)}\n` }), 'ena-otel.yaml')

    const places = [[flagName(option), flag], ...variables, [`${path}:1: ${option}`, inFile]] as const
    const seen = places.map((_, from) => {
      // This place and those after it are set, those before it are not.
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

/** The value of a flag with this text, as commander parses it. */
function typed(option: OptionName, [text]: Setting): unknown {
  if (isList(option)) return [text]
  return option === 'insecure' ? text === 'true' : text
}

function yaml(option: OptionName, [text, value]: Setting): string {
  return JSON.stringify(isList(option) ? value : text)
}

test('the entries of a list are separate flags, separated by commas, or both', () => {
  expect(loadConfig({ include: ['eth0, eth1', 'veth*'] }, {}).config.include).toEqual(['eth0', 'eth1', 'veth*'])
})

test('the file is named by --config or, without it, by ENA_OTEL_CONFIG', () => {
  const folder = temporaryFolder({ 'a.yaml': 'logLevel: debug\n', 'b.yaml': 'logLevel: error\n' })
  const env = { ENA_OTEL_CONFIG: join(folder, 'b.yaml') }
  const levels = [
    loadWithFile({ config: join(folder, 'a.yaml') }, env),
    loadWithFile({}, env),
    loadWithFile({}, { ENA_OTEL_CONFIG: '' }),
  ]
  expect(levels.map(({ config }) => config.logLevel)).toEqual(['debug', 'error', 'info'])
})

const DURATION = 'is not a duration: write it with its unit, like 500ms, 1s or 2m'
const HEADER = 'is not of the form name=value, like Authorization=Bearer%20abc'
const GLOB =
  'is not a glob: use *, ?, [0-9], [!0-9] and {a,b}, or ! in front of a glob to exclude the names that match it'
const WRITE = 'write it as http://host:4317 or https://host:4317'

test('a comma between the braces of a glob separates no entries', () => {
  const text = '*b{0,1},lo, !{eni,veth}*'
  const lists = [
    loadConfig({ include: [text] }, {}).config.include,
    loadConfig({}, { ENA_OTEL_INCLUDE: text }).config.include,
    loadConfig({ header: ['a={1,b=2}'] }, {}).config.header,
  ]
  expect(lists).toEqual([
    ['*b{0,1}', 'lo', '!{eni,veth}*'],
    ['*b{0,1}', 'lo', '!{eni,veth}*'],
    ['a={1', 'b=2}'],
  ])
})

describe('a wrong value is refused in one line with its place and a remedy:', () => {
  test.each<[flags: Readonly<Record<string, unknown>>, line: string]>([
    [{ sampleInterval: '0s' }, '--sample-interval: "0s" is outside 100ms to 1m'],
    [{ sampleInterval: '0' }, `--sample-interval: "0" ${DURATION}`],
    [{ exportInterval: '25h' }, '--export-interval: "25h" is outside 100ms to 24h'],
    [{ include: ['a,,b'] }, '--include: "" has an empty entry'],
    [{ driver: ['ena,!'] }, '--driver: "!" has an empty entry'],
    [{ include: ['eth{0,1'] }, `--include: "eth{0" ${GLOB}`],
    [{ include: ['eth{0..3}'] }, `--include: "eth{0..3}" ${GLOB}`],
    [{ driver: ['!(ena)'] }, `--driver: "!(ena)" ${GLOB}`],
    [
      { exclude: ['eth*,!eth0'] },
      '--exclude: "!eth0" begins with !, but what matches here is excluded anyway: leave the ! out',
    ],
    [{ statistics: '(' }, '--statistics: "(" does not compile (RE2): missing closing ): `(`'],
    [
      { compat: ['showmaxx'] },
      '--compat: "showmaxx" is not one of showmax, node_exporter, telegraf, cloudwatch, datadog, hostmetrics',
    ],
    [{ endpoint: 'http://' }, `--endpoint: "http://" has no host: ${WRITE}`],
    [{ endpoint: ':4317' }, `--endpoint: ":4317" has no host: ${WRITE}`],
    [{ endpoint: '' }, `--endpoint: "" has no host: ${WRITE}`],
    [{ endpoint: 'http://user@:4317' }, `--endpoint: "http://…@:4317" has no host: ${WRITE}`],
    [{ endpoint: 'https:///v1/metrics' }, `--endpoint: "https:///v1/metrics" has no host: ${WRITE}`],
    [{ endpoint: 'grpc://host:4317' }, `--endpoint: "grpc://host:4317" is neither http:// nor https://: ${WRITE}`],
    [{ endpoint: 'host:99999' }, `--endpoint: "host:99999" is not a URL: ${WRITE}`],
    [{ protocol: 'http/json' }, '--protocol: "http/json" is not one of grpc, http/protobuf'],
    [{ endpoint: 'http://me:geheim@:4317' }, `--endpoint: "http://…@:4317" has no host: ${WRITE}`],
    [{ header: ['geheim'] }, `--header: entry 1 ${HEADER}`],
    [{ header: ['x=1,a(b=geheim'] }, `--header: entry 2 ${HEADER}`],
    [{ header: ['Authorization: Basic geheim=='] }, `--header: entry 1 ${HEADER}`],
    [{ header: ['a=b,'] }, `--header: entry 2 ${HEADER}`],
    [{ header: ['a=geheim%'] }, '--header: "a=…" has a "%" that begins no escape: write %25 for a percent sign'],
    [{ header: ['a = geheim%ff'] }, '--header: "a=…" has a "%" that begins no escape: write %25 for a percent sign'],
    [{ header: ['a=x%0Ay'] }, '--header: "a=…" has a value that a header cannot hold: use printable ASCII only'],
    [
      { header: ['Content-Length=5'] },
      '--header: "Content-Length=…" has a name that only the agent can set: leave it out',
    ],
    [{ header: ['x-bin=1'] }, '--header: "x-bin=…" has a name that gRPC keeps for binary values: leave out -bin'],
    [
      { collectorAddress: '$(SERVICE_HOST)' },
      '--collector-address: "$(SERVICE_HOST)" is not an IP address: write it like 10.100.0.7 or fd00::7, without a port',
    ],
    [{ nodeName: '' }, '--node-name: "" is empty: give a name, or leave it out'],
    [{ maxSeries: '0' }, '--max-series: "0" is not a whole number from 100 to 20000'],
    [{ maxSeries: 'many' }, '--max-series: "many" is not a whole number from 100 to 20000'],
    [{ healthPort: '0' }, '--health-port: "0" is not a port: a number from 1 to 65535, or off'],
    [{ healthPort: '65536' }, '--health-port: "65536" is not a port: a number from 1 to 65535, or off'],
    [{ healthPort: 'on' }, '--health-port: "on" is not a port: a number from 1 to 65535, or off'],
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
      '--export-interval: exports would be more frequent than reads: make the export interval at least the sample interval',
    ],
    [{ config: '' }, '--config: "" is empty: name a YAML file'],
    [
      { sampleInterval: '16s' },
      '--sample-interval: exports would be more frequent than reads: make the export interval at least the sample interval',
    ],
  ])('%j', (flags, line) => {
    expect(problemsOf(flags)).toEqual([line])
  })
})

test('an endpoint may have a scheme, a port and a path, and may be an address', () => {
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

test('all problems are reported at once, each with its place; a wrong OTEL_* variable is none', () => {
  const path = join(temporaryFolder({ 'a.yaml': 'timeout: 5\nsampelInterval: 1s\nlogLevel: loud\n' }), 'a.yaml')
  expect(problemsOf({ config: path, sampleInterval: '0s' }, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' })).toEqual([
    `${path}:2: sampelInterval is not an option: the options are ${NAMES.join(', ')}`,
    '--sample-interval: "0s" is outside 100ms to 1m',
    `${path}:1: timeout: 5 ${DURATION}`,
    `${path}:3: logLevel: "loud" is not one of debug, info, warn, error, silent`,
  ])
})

test('any text is either accepted or refused with lines that name the flag', () => {
  const option = fc.constantFrom(...NAMES)
  const text = fc.oneof(fc.string(), fc.constantFrom('0', '1s', 'off', 'true', '!', '=', '%', '(', 'http://', '/', ','))
  fc.assert(
    fc.property(option, text, (name, value) => {
      const start = new RegExp(`^(accepted|${flagName(name)}): .`)
      for (const line of problemsOf({ [name]: isList(name) ? [value] : value })) expect(line).toMatch(start)
    }),
  )
})
