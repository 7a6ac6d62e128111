// THE table of options: name, form, default, meaning. The flags (--sample-interval), the variables (ENA_OTEL_SAMPLE_INTERVAL), the keys
// of the file (sampleInterval), the JSON schema, the help and the completion come from it.
import { isIP } from 'node:net'

import { ECOSYSTEMS } from '@ena-otel/metrics/ecosystems'
import { GLOB_FORM, GLOB_FORM_PROBLEM, NEGATED_PROBLEM } from '@ena-otel/metrics/globs'
import * as z from 'zod/mini' // zod itself takes 3 MB more of memory

import { HEADER_FORM, HEADER_FORM_PROBLEM, headerProblem } from './header.ts'
import { DURATION, type Quantity, SIZE } from './quantity.ts'
import { StatisticsFilter } from './statistics-filter.ts'

/** What stands for the value of an option in help: `time` in `--sample-interval <time>`. */
const PLACEHOLDERS = z.registry<{ readonly placeholder: string }>()

export const OPTIONS = z.strictObject({
  sampleInterval: option(duration('1s', 100, 60_000), 'How often to read the counters, 100ms to 60s.'),
  exportInterval: option(
    duration('15s', 100, 86_400_000),
    'How often to export, 100ms to 24h. A shorter OTEL_METRIC_EXPORT_INTERVAL than the default sample interval shortens that, too.',
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

// The kinds of options. Texts and YAML values are both accepted wherever the meaning is the same: `healthPort: 8413` and
// ENA_OTEL_HEALTH_PORT=8413.

/** A kind of option: the type of its value, and of what may be written. */
type Kind<Out, In> = z.ZodMiniType<Out, In>

function option<T extends z.ZodMiniType>(kind: T, description: string): T {
  z.globalRegistry.add(kind, { ...z.globalRegistry.get(kind), description })
  return kind
}

function choice<const T extends readonly string[]>(
  placeholder: string,
  of: T,
  byDefault: T[number],
): Kind<T[number], T[number] | undefined> {
  return z.prefault(z.enum(of), byDefault).register(PLACEHOLDERS, { placeholder })
}

function duration(byDefault: string, min: number, max: number): Kind<number, string | undefined> {
  const problem = 'is not a duration: write it with its unit, like 500ms, 1s or 2m'
  return quantity(DURATION, problem, byDefault, min, max).register(PLACEHOLDERS, { placeholder: 'time' })
}

function size(byDefault: string, min: number, max: number): Kind<number, string | undefined> {
  const problem = 'is not a size: write it with its unit, like 512KiB or 8MiB'
  return quantity(SIZE, problem, byDefault, min, max).register(PLACEHOLDERS, { placeholder: 'size' })
}

function quantity(
  { pattern, parse, format }: Quantity,
  problem: string,
  byDefault: string,
  min: number,
  max: number,
): Kind<number, string | undefined> {
  const outside = `is outside ${format(min)} to ${format(max)}`
  const text = z.string({ error: problem }).check(z.regex(pattern, problem))
  const amount = z.transform((written: string) => parse(written) ?? Number.NaN)
  return z.prefault(z.pipe(text, amount).check(z.minimum(min, outside), z.maximum(max, outside)), byDefault)
}

function count(byDefault: number, min: number, max: number): Kind<number, number | string | undefined> {
  const problem = `is not a whole number from ${min} to ${max}`
  const written = z.union([z.int(), z.string().check(z.regex(/^\d+$/, problem))], { error: problem })
  const value = z.pipe(written, z.transform(Number)).check(z.minimum(min, problem), z.maximum(max, problem))
  return z.prefault(value, byDefault).register(PLACEHOLDERS, { placeholder: 'number' })
}

function list<T extends Kind<string, string>>(
  placeholder: string,
  item: T,
): Kind<readonly z.output<T>[], readonly string[] | undefined> {
  // Not z.readonly(): in JSON schema, readOnly means that it can't be set.
  const many = z.prefault(z.array(item), []) as Kind<readonly z.output<T>[], readonly string[] | undefined>
  return many.register(PLACEHOLDERS, { placeholder })
}

function glob(): Kind<string, string> {
  const error = ({ input }: { readonly input?: unknown }): string =>
    input === '' || input === '!' ? 'has an empty entry' : GLOB_FORM_PROBLEM
  return z.string().check(z.regex(GLOB_FORM, { error, abort: true })) // in the JSON schema too
}

function globToExclude(): Kind<string, string> {
  return glob().check(withoutProblem((text) => (text.startsWith('!') ? NEGATED_PROBLEM : undefined)))
}

function regularExpression(): Kind<StatisticsFilter | undefined, string | undefined> {
  const compiled = z.transform((written: string, context) => {
    try {
      return new StatisticsFilter(written)
    } catch (error) {
      const reason = (error as Error).message.replace(/^error parsing regexp: /, '')
      context.issues.push({ code: 'custom', input: written, message: `does not compile (RE2): ${reason}` })
      return z.NEVER
    }
  })
  return z
    .optional(z.pipe(z.string(), compiled))
    .register(PLACEHOLDERS, { placeholder: 'regex' })
    .register(z.globalRegistry, { format: 'regex' })
}

function url(): Kind<string | undefined, string | undefined> {
  const reachable = withoutProblem((endpoint) => {
    const problem = endpointProblem(endpoint)
    return problem && `${problem}: write it as http://host:4317 or https://host:4317`
  })
  return z.optional(z.string().check(reachable)).register(PLACEHOLDERS, { placeholder: 'url' })
}

function endpointProblem(endpoint: string): string | undefined {
  // A scheme with one slash would pass for a host with an empty port.
  if (/^https?:\/(?!\/)/i.test(endpoint)) return 'has only one slash after its scheme'
  const text = /^[a-z][a-z0-9+.-]*:\//i.test(endpoint) ? endpoint : `https://${endpoint}`
  if (!/^https?:/i.test(text)) return 'is neither http:// nor https://'
  if (/^https?:\/\/([^/?#]*@)?([:/?#]|$)/i.test(text)) return 'has no host'
  if (/^https?:\/\/[^/?#]*[/?#].*@/i.test(text))
    return 'has an "@" after its host (in a password, / is %2F, ? is %3F and # is %23)'
  // A URL's parser takes a backslash for a slash, and skips line breaks.
  if (/[\\\s]/.test(text) || !URL.canParse(text)) return 'is not a URL'
  return new URL(text).port === '0' ? 'has port 0, where nothing can listen' : undefined
}

/** What both gRPC and HTTP can send: a header's name, and a value whose percent-encoding decodes to printable ASCII. */
function header(): Kind<string, string> {
  const form = z.regex(HEADER_FORM, { error: HEADER_FORM_PROBLEM, abort: true }) // in the JSON schema too
  return z.string().check(form, withoutProblem(headerProblem))
}

function folder(byDefault: string): Kind<string, string | undefined> {
  const absolute = z.string().check(z.regex(/^\//, 'is not an absolute path: begin it with /'))
  return z.prefault(absolute, byDefault).register(PLACEHOLDERS, { placeholder: 'folder' })
}

function address(): Kind<string | undefined, string | undefined> {
  const problem = 'is not an IP address: write it like 10.100.0.7 or fd00::7, without a port'
  const written = z.string().check(z.refine((text) => isIP(text) !== 0, problem))
  return z.optional(written).register(PLACEHOLDERS, { placeholder: 'ip' })
}

function name(): Kind<string | undefined, string | undefined> {
  return text('name', 'give a name, or leave it out')
}

/** @param remedy what to do if it is empty */
function text(placeholder: string, remedy: string): Kind<string | undefined, string | undefined> {
  const written = z.string().check(z.minLength(1, `is empty: ${remedy}`))
  return z.optional(written).register(PLACEHOLDERS, { placeholder })
}

function boolean(): Kind<boolean, boolean | 'true' | 'false' | undefined> {
  const written = z.union([z.boolean(), z.enum(['true', 'false'])], { error: 'is neither true nor false' })
  const value = z.transform((text: boolean | 'true' | 'false') => text === true || text === 'true')
  return z.prefault(z.pipe(written, value), false)
}

function port(): Kind<number | undefined, number | string | undefined> {
  const problem = 'is not a port: a number from 1 to 65535, or off'
  // Kubernetes sets ENA_OTEL_HEALTH_PORT=tcp://10.0.0.1:80 if there is a Service named ena-otel-health.
  const ofService = 'is what Kubernetes sets for a Service ena-otel-health: set enableServiceLinks: false on the pod'
  const error = ({ input }: { readonly input?: unknown }): string =>
    /^\w+:\/\//.test(String(input)) ? ofService : problem
  const number = z.int().check(z.minimum(1, problem), z.maximum(65_535, problem))
  const written = z.union([number, z.string().check(z.regex(/^(off|\d+)$/, { error }))], { error })
  const value = z.transform((text: number | string) => (text === 'off' ? undefined : Number(text)))
  const inside = z.refine<number | undefined>((port = 1) => port >= 1 && port <= 65_535, problem)
  return z.prefault(z.pipe(written, value).check(inside), 8413).register(PLACEHOLDERS, { placeholder: 'port' })
}

/** Refuses a text for which `problemOf` returns a problem. */
function withoutProblem(problemOf: (text: string) => string | undefined): z.core.$ZodCheck<string> {
  return z.superRefine((text, context) => {
    const problem = problemOf(text)
    if (problem !== undefined) context.addIssue(problem)
  })
}
