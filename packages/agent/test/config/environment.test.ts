import { describe, expect, test } from 'vitest'

import { ConfigError } from '../../src/config/config-error.ts'
import { fromEnvironment, variableName } from '../../src/config/environment.ts'
import { loadConfig } from '../../src/config/load.ts'
import { type Config, type OptionName, OPTIONS } from '../../src/config/options.ts'
import { pemFile } from './pem-file.ts'

const NAMES = Object.keys(OPTIONS.shape) as OptionName[]

test('every option has a variable of its own', () => {
  const variables = NAMES.map(variableName)
  expect(variables.filter((variable) => !/^ENA_OTEL_[A-Z]+(_[A-Z]+)*$/.test(variable))).toEqual([])
  expect(new Set(variables).size).toBe(NAMES.length)
  expect([variableName('sampleInterval'), variableName('sysfs')]).toEqual([
    'ENA_OTEL_SAMPLE_INTERVAL',
    'ENA_OTEL_SYSFS',
  ])
})

test('an empty or blank variable counts as unset', () => {
  const env = { ENA_OTEL_PROTOCOL: '', OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: ' ', OTEL_EXPORTER_OTLP_PROTOCOL: ' grpc ' }
  expect(fromEnvironment('protocol', env)).toEqual({
    text: 'grpc',
    written: '"grpc"',
    origin: 'OTEL_EXPORTER_OTLP_PROTOCOL',
  })
  expect(fromEnvironment('protocol', { ENA_OTEL_PROTOCOL: '' })).toBeUndefined()
})

describe('OpenTelemetry’s variables', () => {
  const pem = pemFile()
  const table: [
    suffix: string,
    option: OptionName,
    text: string,
    want: unknown,
    beside?: Readonly<Record<string, string>>,
  ][] = [
    ['ENDPOINT', 'endpoint', 'http://collector:4317', 'http://collector:4317'],
    ['PROTOCOL', 'protocol', 'http/protobuf', 'http/protobuf'],
    ['PROTOCOL', 'protocol', 'GRPC', 'grpc'],
    ['HEADERS', 'header', 'a=b', ['a=b']],
    [
      'HEADERS',
      'header',
      ' Authorization = Bearer%20abc , x-tenant=1%2C2',
      ['Authorization = Bearer%20abc', 'x-tenant=1%2C2'],
    ],
    ['HEADERS', 'header', ' a=b, ,c=d,', ['a=b', 'c=d']],
    ['COMPRESSION', 'compression', 'none', 'none'],
    ['COMPRESSION', 'compression', 'GZIP', 'gzip'],
    ['TIMEOUT', 'timeout', '2500', 2_500],
    ['CERTIFICATE', 'certificate', pem, pem],
    ['CLIENT_CERTIFICATE', 'clientCertificate', pem, pem, { ENA_OTEL_CLIENT_KEY: pem }],
    ['CLIENT_KEY', 'clientKey', pem, pem, { ENA_OTEL_CLIENT_CERTIFICATE: pem }],
    ['INSECURE', 'insecure', 'true', true],
    ['INSECURE', 'insecure', 'TRUE', true],
    ['INSECURE', 'insecure', 'True', true],
    ['INSECURE', 'insecure', 'false', false],
    ['INSECURE', 'insecure', '1', false],
    ['INSECURE', 'insecure', 'yes', false],
    ['INSECURE', 'insecure', 'true!', false],
  ]

  test.each(
    table.flatMap(([suffix, ...row]) => [
      [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`, ...row] as const,
      [`OTEL_EXPORTER_OTLP_${suffix}`, ...row] as const,
    ]),
  )('%s sets %s: %j', (variable, option, text, want, beside = {}) => {
    const { config, origins } = loadConfig({}, { ...beside, [variable]: text })
    expect([config[option], origins[option]]).toEqual([want, variable])
  })

  test.each<[variable: string, text: string, option: keyof Config, want: unknown]>([
    ['OTEL_METRIC_EXPORT_INTERVAL', '60000', 'exportInterval', 60_000],
    ['OTEL_METRIC_EXPORT_INTERVAL', '500', 'exportInterval', 500],
    ['OTEL_METRIC_EXPORT_INTERVAL', '7200000', 'exportInterval', 7_200_000],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'Delta', 'temporality', 'delta'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'CUMULATIVE', 'temporality', 'cumulative'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'LowMemory', 'temporality', 'lowmemory'],
  ])('%s=%s sets %s', (variable, text, option, want) => {
    const { config, origins } = loadConfig({}, { [variable]: text })
    expect([config[option], origins[option]]).toEqual([want, variable])
  })

  test('an export interval that only OpenTelemetry’s variable makes shorter than the sample interval is that of the samples too', () => {
    const env = { OTEL_METRIC_EXPORT_INTERVAL: '500' }
    expect(loadConfig({}, env).config).toMatchObject({ sampleInterval: 500, exportInterval: 500 })
    expect(() => loadConfig({ sampleInterval: '2s' }, env)).toThrow(
      'OTEL_METRIC_EXPORT_INTERVAL: pushes would be more frequent than reads: make the export interval at least the sample interval',
    )
  })

  test.each([
    ['OTEL_METRIC_EXPORT_INTERVAL', '0', '"0" (milliseconds) is outside 100ms to 24h'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '-1', '"-1" is not a duration: write a whole number of milliseconds'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '0', '"0" (milliseconds) is outside 1ms to 10m'],
    ['OTEL_EXPORTER_OTLP_METRICS_TIMEOUT', 'soon', '"soon" is not a duration: write a whole number of milliseconds'],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'http://me:geheim@:1',
      '"http://me:…@:1" has no host: write it as http://host:4317 or https://host:4317',
    ],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'HTTP/JSON', '"HTTP/JSON" is not one of grpc, http/protobuf'],
    ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'Both', '"Both" is not one of cumulative, delta, lowmemory'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=1,b', 'entry 2 is not of the form name=value, like Authorization=Bearer%20abc'],
  ])('%s=%s is refused as it was written', (variable, text, problem) => {
    expect(() => loadConfig({}, { [variable]: text })).toThrow(new ConfigError([`${variable}: ${problem}`]))
  })

  test('the signal’s own variable replaces the general one as a whole, headers too', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=2', OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'c=3' }
    expect(loadConfig({}, env).config.header).toEqual(['c=3'])
  })

  test('our own variable takes no bare number for a time, since its unit would have to be guessed', () => {
    expect(() => loadConfig({}, { ENA_OTEL_EXPORT_INTERVAL: '15000' })).toThrow(
      'ENA_OTEL_EXPORT_INTERVAL: "15000" is not a duration: write it with its unit, like 500ms, 1s or 2m',
    )
  })

  test('those of other signals are none of our business', () => {
    const env = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://',
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: 'http/json',
      OTEL_SDK: 'x',
    }
    expect(loadConfig({}, env).origins).toEqual({})
  })
})

describe('in Kubernetes', () => {
  test('the variables that it sets for a Service of our name are no error', () => {
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
    expect(loadConfig({}, env).origins).toEqual({})
  })

  test('no option has a variable that it sets for a Service, but healthPort', () => {
    const ofService = /^ENA_OTEL_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_.*)?)$/
    expect(NAMES.filter((name) => ofService.test(variableName(name)))).toEqual(['healthPort'])
  })

  test('a Service named ena-otel-health is recognised by what it puts into healthPort', () => {
    expect(() => loadConfig({}, { ENA_OTEL_HEALTH_PORT: 'tcp://10.100.0.17:80' })).toThrow(
      'ENA_OTEL_HEALTH_PORT: "tcp://10.100.0.17:80" is what Kubernetes sets for a Service ena-otel-health: set enableServiceLinks: false on the pod',
    )
  })
})
