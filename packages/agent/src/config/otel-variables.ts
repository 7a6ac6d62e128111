// THE table of OpenTelemetry's environment variables and how the agent supports each. The README's table is checked against it.
// Source: OpenTelemetry specification, "Environment Variable Specification" and "OpenTelemetry Protocol Exporter".
import type { OptionName } from './options.ts'

export interface OtelVariable {
  readonly name: string
  readonly support: 'yes' | 'partial' | 'no'
  /** The option that it sets. */
  readonly option?: OptionName
  /** The text in the form of the option. The same text by default. */
  readonly translate?: (text: string) => string
  /** What it does here or, without support, why it has no effect. */
  readonly note: string
}

type Translate = (text: string) => string

/** "Enum values SHOULD be interpreted in a case-insensitive manner." */
const lowerCase: Translate = (text) => text.toLowerCase()
/** Durations are whole milliseconds. */
const milliseconds: Translate = (text) => (isWhole(text) ? `${text}ms` : text)
/** "Implementations SHOULD interpret timeout zero values as indefinite. They MAY substitute a very large duration." */
const timeout: Translate = (text) => (isWhole(text) && Number(text) === 0 ? '10m' : milliseconds(text))
/** Only "true" is true; `load.ts` refuses what is neither. */
const boolean: Translate = lowerCase
const logLevel: Translate = (text) => {
  const level = text.toLowerCase()
  return { none: 'silent', verbose: 'debug', all: 'debug' }[level] ?? level
}

/** Whether a duration needs no unit: OpenTelemetry's are milliseconds. */
export function isWhole(text: string): boolean {
  return /^\d+$/.test(text)
}

/** Whether this is a variable of OpenTelemetry. It may be set for every program of the node, so a wrong value only warns. */
export function isOtelVariable(origin: string | undefined): boolean {
  return origin?.startsWith('OTEL_') ?? false
}

/** The variable for metrics, which takes precedence, and the general one. */
function otlp(suffix: string, option: OptionName, note: string, translate?: Translate): readonly OtelVariable[] {
  const row = { support: 'yes', option, ...(translate && { translate }) } as const
  return [
    { name: `OTEL_EXPORTER_OTLP_METRICS_${suffix}`, ...row, note },
    { name: `OTEL_EXPORTER_OTLP_${suffix}`, ...row, note: `Used if OTEL_EXPORTER_OTLP_METRICS_${suffix} is not set.` },
  ]
}

function unsupported(note: string, ...names: readonly string[]): readonly OtelVariable[] {
  return names.map((name) => ({ name, support: 'no', note }))
}

export const OTEL_VARIABLES: readonly OtelVariable[] = [
  {
    name: 'OTEL_SDK_DISABLED',
    support: 'yes',
    note: '`true`: `run` reads and exports nothing. It answers health checks until it is stopped. `once` and `top` still work.',
  },
  {
    name: 'OTEL_METRICS_EXPORTER',
    support: 'partial',
    note: '`otlp`, `console`, `none`, or a list. Default: `otlp` with an endpoint, else `console`. `prometheus` is not available.',
  },
  {
    name: 'OTEL_METRIC_EXPORT_INTERVAL',
    support: 'yes',
    option: 'exportInterval',
    translate: milliseconds,
    note: 'Default: 15000. An interval shorter than the default sample interval also shortens the sample interval.',
  },
  {
    name: 'OTEL_METRIC_EXPORT_TIMEOUT',
    support: 'partial',
    note: 'Limits the timeout of a request, unless `--timeout` is set. After it the points stay in the queue.',
  },
  {
    name: 'OTEL_LOG_LEVEL',
    support: 'yes',
    option: 'logLevel',
    translate: logLevel,
    note: '`debug`, `info`, `warn`, `error`, `none`; `verbose` and `all` mean `debug`.',
  },
  { name: 'OTEL_SERVICE_NAME', support: 'yes', note: 'Resource attribute `service.name`.' },
  {
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    support: 'yes',
    note: 'Resource attributes. A malformed list is ignored as a whole.',
  },
  ...otlp('ENDPOINT', 'endpoint', 'Over HTTP it is the whole URL: `/v1/metrics` is not appended.'),
  ...otlp('PROTOCOL', 'protocol', '`grpc` (default) or `http/protobuf`. `http/json` is not available.', lowerCase),
  ...otlp('HEADERS', 'header', 'A malformed list is ignored as a whole.'),
  ...otlp('COMPRESSION', 'compression', '`gzip` (default) or `none`.', lowerCase),
  ...otlp('TIMEOUT', 'timeout', 'Timeout of a request. Default: 10000. 0 means the maximum, 10 minutes.', timeout),
  ...otlp('CERTIFICATE', 'certificate', 'An unreadable file is kept: exports fail until it can be read.'),
  ...otlp('CLIENT_CERTIFICATE', 'clientCertificate', 'Ignored without its key.'),
  ...otlp('CLIENT_KEY', 'clientKey', 'Ignored without its certificate.'),
  ...otlp('INSECURE', 'insecure', 'For gRPC endpoints without a scheme.', boolean),
  {
    name: 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    support: 'yes',
    option: 'temporality',
    translate: lowerCase,
    note: '`cumulative` (default), `delta` or `lowmemory`.',
  },
  ...unsupported('There are no histograms.', 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'),
  ...unsupported('There are no exemplars.', 'OTEL_METRICS_EXEMPLAR_FILTER'),
  ...unsupported('Use `--config`.', 'OTEL_CONFIG_FILE'),
  ...unsupported('There is no pull exporter.', 'OTEL_EXPORTER_PROMETHEUS_HOST', 'OTEL_EXPORTER_PROMETHEUS_PORT'),
  ...unsupported(
    'There are no traces, logs or baggage.',
    'OTEL_PROPAGATORS',
    'OTEL_TRACES_EXPORTER',
    'OTEL_LOGS_EXPORTER',
  ),
]
