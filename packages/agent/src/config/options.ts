// THE table of options: name, form, default, meaning. The flags (--sample-interval), the variables (ENA_OTEL_SAMPLE_INTERVAL), the keys
// of the file (sampleInterval), the JSON schema, the help and the completion come from it.
import { ECOSYSTEMS } from '@ena-otel/metrics/ecosystems'
import * as z from 'zod/mini' // zod itself takes 3 MB more of memory

import {
  PLACEHOLDERS,
  address,
  boolean,
  choice,
  count,
  duration,
  folder,
  glob,
  globToExclude,
  header,
  list,
  name,
  option,
  port,
  regularExpression,
  size,
  text,
  url,
} from './option-kinds.ts'
import { DURATION, SIZE } from './quantity.ts'
import { StatisticsFilter } from './statistics-filter.ts'

export const OPTIONS = z.strictObject({
  sampleInterval: option(duration('1s', 100, 60_000), 'How often to read the counters, 100ms to 60s.'),
  exportInterval: option(
    duration('15s', 100, 86_400_000),
    'How often to export, 100ms to 24h. A shorter OTEL_METRIC_EXPORT_INTERVAL than the default sample interval shortens that, too.',
  ),
  heartbeatInterval: option(
    duration('60s', 100, 120_000),
    'How often to send a series whose value has not changed, 100ms to 2m. Up to the export interval: with each export.',
  ),
  detail: option(
    choice('level', ['changes', 'full'], 'changes'),
    'changes: every change of quiet counters, and the last value and the highest second of bytes and packets. full: every change of all counters.',
  ),

  include: option(
    list('name', glob()),
    'Read interfaces with these names (globs; !name excludes one), even without a device: veth*, eni*. Replaces the default of --driver.',
  ),
  exclude: option(list('name', globToExclude()), 'Never read interfaces with these names (globs).'),
  driver: option(
    list('driver', glob()),
    'Read interfaces with these drivers (globs; !name excludes one). Default: ena or, if there is none, all with a device.',
  ),
  statistics: option(
    regularExpression(),
    'Also read the ethtool statistics of every driver whose names match this regular expression (RE2).',
  ),
  ownMetrics: option(
    choice('which', ['used', 'all'], 'used'),
    'Metrics about the agent itself: used, those that the alerts, dashboards and runbooks need; or all.',
  ),
  compat: option(list('names', z.enum(ECOSYSTEMS)), `Also export the metric names of ${ECOSYSTEMS.join(', ')}.`),

  endpoint: option(
    url(),
    'The collector: http://host:4317, https://…, or host:4317 for TLS. Without a port: 4317 for gRPC in plain text, 443 for TLS, 80 for HTTP. Default: print to the console.',
  ),
  collectorAddress: option(
    address(),
    "IP address of the endpoint's host. DNS is used only if this address does not answer.",
  ),
  protocol: option(choice('protocol', ['grpc', 'http/protobuf'], 'grpc'), 'grpc or http/protobuf.'),
  headerFile: option(
    text('file', 'name a file with headers'),
    'A file with headers: one name=value or Name: value per line, # for comments. Read for each request, so tokens can rotate.',
  ),
  header: option(
    list('name=value', header()),
    'Headers of each request. Values are percent-encoded (%20 for a space, %2C for a comma).',
  ),
  compression: option(choice('method', ['gzip', 'none'], 'gzip'), 'gzip or none.'),
  timeout: option(duration('10s', 1, 600_000), 'Timeout of a request, 1ms to 10m.'),
  certificate: option(
    text('file', 'name a PEM file'),
    "CA certificate that signed the collector's certificate (PEM). Default: the CAs of Node.",
  ),
  clientCertificate: option(text('file', 'name a PEM file'), 'Client certificate for mTLS (PEM).'),
  clientKey: option(text('file', 'name a PEM file'), 'Key of the client certificate (PEM).'),
  insecure: option(boolean(), 'Do not use TLS if the endpoint has no scheme (gRPC only).'),
  temporality: option(
    choice('kind', ['cumulative', 'delta', 'lowmemory'], 'cumulative'),
    'Temporality of counters: cumulative (AMP requires it), delta or lowmemory.',
  ),

  queueSize: option(
    size('8MiB', 2 ** 16, 2 ** 30),
    'Maximum memory of queued points, 64KiB to 1GiB. 8MiB hold hours of a quiet node.',
  ),
  queueAge: option(
    duration('55m', 1_000, 86_400_000),
    'Maximum age of queued points, 1s to 24h. AMP refuses points older than 1h.',
  ),
  // With more, thinning the queue would take longer than kubelet waits for an answer; 256 ENIs are 15,138 (docs/cost.md).
  maxSeries: option(
    count(2_000, 100, 20_000),
    'Maximum number of series, 100 to 20000. Driver statistics and the names of other exporters are dropped first.',
  ),

  nodeName: option(name(), 'Resource attribute k8s.node.name. Also K8S_NODE_NAME or NODE_NAME in the environment.'),
  clusterName: option(name(), 'Resource attribute k8s.cluster.name. Also K8S_CLUSTER_NAME in the environment.'),

  healthPort: option(port(), 'Port on 127.0.0.1 that answers /livez and /readyz, or off.'),
  logLevel: option(
    choice('level', ['debug', 'info', 'warn', 'error', 'silent'], 'info'),
    'Lowest level that is logged to stderr: debug, info, warn, error, silent.',
  ),
  logFormat: option(
    choice('format', ['auto', 'json', 'pretty'], 'auto'),
    'Format of the log: json, pretty, or auto (pretty on a terminal).',
  ),
  sysfs: option(folder('/sys'), 'Where sysfs is mounted.'),
  procfs: option(folder('/proc'), 'Where procfs is mounted.'),
})

/** The validated options: durations in milliseconds, sizes in bytes, lists as arrays. */
export type Options = z.output<typeof OPTIONS>
export type OptionName = keyof Options

/** The validated configuration: the options, and settings that only OpenTelemetry's variables have. */
export interface Config extends Options {
  /** Where metrics go. Empty: they are read and not exported. */
  readonly exporters: readonly Exporter[]
  /** OTEL_SDK_DISABLED: `run` reads and exports nothing. */
  readonly isDisabled: boolean
}
export type Exporter = 'otlp' | 'console'

export const DEFAULTS: Config = { ...OPTIONS.parse({}), exporters: ['console'], isDisabled: false }

/** All options, in the order of the table. */
export const OPTION_NAMES: readonly OptionName[] = Object.keys(OPTIONS.shape) as OptionName[]

/** The flag of an option: `sampleInterval` is `--sample-interval`. */
export function flagName(option: string): string {
  return `--${option.replaceAll(/[A-Z]/g, '-$&').toLowerCase()}`
}

/** Whether the option takes several values, given repeatedly or with commas between them. */
export function isList(option: OptionName): boolean {
  return Array.isArray(DEFAULTS[option])
}

/** The options whose entries are globs. */
const GLOBS: ReadonlySet<OptionName> = new Set(['include', 'exclude', 'driver'])

/** The entries of a list with commas. A comma between the braces of a glob separates none: `eth{0,1}`. */
export function entries(option: OptionName, text: string): readonly string[] {
  return text.split(GLOBS.has(option) ? /,(?![^{]*\})/ : ',').map((entry) => entry.trim())
}

/** The meaning of the option, in a sentence or two. */
export function meaning(name: OptionName): string {
  return z.globalRegistry.get(OPTIONS.shape[name])?.description ?? ''
}

/** The kind of value in help: `time`, `file`; `undefined` for a switch, which takes none. */
export function placeholder(name: OptionName): string | undefined {
  return PLACEHOLDERS.get(OPTIONS.shape[name])?.placeholder
}

/** A value in the form of the option; `off` for a port that is not set, `undefined` for another option that is not set. */
export function valueText(name: OptionName, value: Config[OptionName]): string | undefined {
  if (value === undefined) return name === 'healthPort' ? 'off' : undefined
  if (Array.isArray(value)) return value.join(',') || undefined
  if (value instanceof StatisticsFilter) return value.source
  const quantity = { size: SIZE, time: DURATION }[placeholder(name) ?? '']
  return quantity?.format(Number(value)) ?? String(value)
}

/** The JSON schema of the configuration file. */
export function jsonSchema(): object {
  return { title: 'ena-otel configuration', ...z.toJSONSchema(OPTIONS, { io: 'input' }) }
}
