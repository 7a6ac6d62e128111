// Every option of the agent, once: name, form, default, meaning. From this table come the flags (--sample-interval), the
// environment (ENA_OTEL_SAMPLE_INTERVAL), the keys of the file (sampleInterval), the JSON schema and the help.
import { isIP } from 'node:net'

// Not zod itself, which takes 3 MB more of memory.
import { ECOSYSTEMS } from '@ena-otel/metrics/src/compatibility/ecosystems.ts'
import * as z from 'zod/mini'

import { DURATION_PATTERN, formatDuration, parseDuration } from './duration.ts'
import { formatSize, parseSize, SIZE_PATTERN } from './size.ts'

export const OPTIONS = z.strictObject({
  sampleInterval: option(duration('1s', 100, 60_000), 'How often the counters are read, 100ms to 60s.'),
  exportInterval: option(
    duration('15s', 100, 86_400_000),
    'How often they are pushed, 100ms to 24h. Where OTEL_METRIC_EXPORT_INTERVAL sets less than the default sample interval, they are read as often.',
  ),
  detail: option(
    choice(['changes', 'full'], 'changes'),
    'changes: every change of counters that are usually quiet, last value and highest second of bytes and packets. full: every change of these, too.',
  ),

  include: option(
    list(),
    'Read interfaces with these names (globs), also those without a device: veth*, eni*. Replaces the default of --driver.',
  ),
  exclude: option(list(), 'Never read interfaces with these names (globs).'),
  driver: option(
    list(),
    'Read interfaces with these drivers (globs; !name leaves one out). Default: ena or, if there is none, all with a device.',
  ),
  statistics: option(
    regularExpression(),
    'Also read the ethtool statistics whose names match this regular expression, from every driver.',
  ),
  compat: option(list(z.enum(ECOSYSTEMS)), `Also send the metric names of ${ECOSYSTEMS.join(', ')}.`),

  endpoint: option(
    url(),
    'The collector: http://host:4317, https://…, or host:4317 for TLS. Without a port: 4317 for gRPC in plain text, 443 for TLS, 80 for HTTP. Default: print to the console.',
  ),
  collectorAddress: option(
    address(),
    "The IP address of the endpoint's host, so that no name has to be resolved. DNS is asked once it doesn't answer there.",
  ),
  protocol: option(choice(['grpc', 'http/protobuf'], 'grpc'), 'grpc or http/protobuf.'),
  header: option(list(header()), 'Headers of each push; values percent-encoded (%20 for a space, %2C for a comma).'),
  compression: option(choice(['gzip', 'none'], 'gzip'), 'gzip or none.'),
  timeout: option(duration('10s', 1, 600_000), 'How long a push may take, 1ms to 10m.'),
  certificate: option(
    path(),
    "The authority that signed the collector's certificate (PEM). Default: those that Node knows.",
  ),
  clientCertificate: option(path(), 'Our own certificate, for mTLS (PEM).'),
  clientKey: option(path(), 'The key of our own certificate, for mTLS (PEM).'),
  insecure: option(boolean(), 'No TLS for an endpoint that is written without http:// or https:// (gRPC only).'),
  temporality: option(
    choice(['cumulative', 'delta', 'lowmemory'], 'cumulative'),
    'How counters count: cumulative (AMP needs it), delta or lowmemory.',
  ),

  queueSize: option(
    size('8MiB', 2 ** 16, 2 ** 30),
    'How much memory the points may take that wait for the collector, 64KiB to 1GiB: 8MiB are hours of a quiet node.',
  ),
  queueAge: option(
    duration('55m', 1_000, 86_400_000),
    'How long points are kept for the collector, 1s to 24h. AMP refuses what is older than 1h.',
  ),
  // More would let the queue be thinned for longer than kubelet waits for an answer; 256 ENIs are 15,138 (docs/cost.md).
  mostSeries: option(
    count(2_000, 100, 20_000),
    'How many series are sent at most, 100 to 20000. What is over is counted; driver statistics and other exporters’ names are left out first.',
  ),

  nodeName: option(name(), 'Sent as k8s.node.name. Also K8S_NODE_NAME or NODE_NAME in the environment.'),
  clusterName: option(name(), 'Sent as k8s.cluster.name. Also K8S_CLUSTER_NAME in the environment.'),

  healthPort: option(port(), 'Port on 127.0.0.1 that answers /livez and /readyz, or off.'),
  logLevel: option(
    choice(['debug', 'info', 'warn', 'error', 'silent'], 'info'),
    'How much is logged to stderr: debug, info, warn, error, silent.',
  ),
  logFormat: option(
    choice(['auto', 'json', 'pretty'], 'auto'),
    'json (a line each), pretty, or auto: pretty on a terminal.',
  ),
  sysfs: option(folder('/sys'), 'Where sysfs is mounted.'),
  procfs: option(folder('/proc'), 'Where procfs is mounted.'),
})

/** The validated configuration: durations in milliseconds, lists as arrays. */
export type Config = z.output<typeof OPTIONS>
export type OptionName = keyof Config

/** What the option means, in a sentence or two. */
export function meaning(name: OptionName): string {
  return z.globalRegistry.get(OPTIONS.shape[name])?.description ?? ''
}

/** The JSON schema of the configuration file. */
export function jsonSchema(): object {
  return { title: 'ena-otel configuration', ...z.toJSONSchema(OPTIONS, { io: 'input' }) }
}

// The kinds of options. Texts and YAML values are both accepted wherever the meaning is the same: `healthPort: 8413` and
// ENA_OTEL_HEALTH_PORT=8413.

/** A kind of option: what it is when it is used, and what may be written. */
type Kind<Out, In> = z.ZodMiniType<Out, In>

function option<T extends z.ZodMiniType>(kind: T, description: string): T {
  z.globalRegistry.add(kind, { ...z.globalRegistry.get(kind), description })
  return kind
}

function choice<const T extends readonly string[]>(
  of: T,
  byDefault: T[number],
): Kind<T[number], T[number] | undefined> {
  return z.prefault(z.enum(of), byDefault)
}

function duration(byDefault: string, minMs: number, maxMs: number): Kind<number, string | undefined> {
  const problem = 'is not a duration: write it with its unit, like 500ms, 1s or 2m'
  const text = z.string({ error: problem }).check(z.regex(DURATION_PATTERN, problem))
  const ms = z.transform((written: string) => parseDuration(written) ?? Number.NaN)
  const inside = z.refine<number>(
    (value) => value >= minMs && value <= maxMs,
    `is outside ${formatDuration(minMs)} to ${formatDuration(maxMs)}`,
  )
  return z.prefault(z.pipe(text, ms).check(inside), byDefault)
}

function size(byDefault: string, min: number, max: number): Kind<number, string | undefined> {
  const problem = 'is not a size: write it with its unit, like 512KiB or 8MiB'
  const text = z.string({ error: problem }).check(z.regex(SIZE_PATTERN, problem))
  const bytes = z.transform((written: string) => parseSize(written) ?? Number.NaN)
  const inside = z.refine<number>(
    (value) => value >= min && value <= max,
    `is outside ${formatSize(min)} to ${formatSize(max)}`,
  )
  return z.prefault(z.pipe(text, bytes).check(inside), byDefault)
}

function count(byDefault: number, min: number, max: number): Kind<number, number | string | undefined> {
  const problem = `is not a whole number from ${min} to ${max}`
  const written = z.union([z.int(), z.string().check(z.regex(/^\d+$/, problem))], { error: problem })
  const value = z.pipe(written, z.transform(Number)).check(z.refine((value) => value >= min && value <= max, problem))
  return z.prefault(value, byDefault)
}

function list<T extends Kind<string, string>>(item?: T): Kind<readonly z.output<T>[], readonly string[] | undefined> {
  // Not z.readonly(): in JSON schema readOnly means that one may not set it.
  const items = z.array(item ?? z.string().check(z.regex(/^!?[^!]/, 'has an empty entry')))
  return z.prefault(items, []) as Kind<readonly z.output<T>[], readonly string[] | undefined>
}

function regularExpression(): Kind<RegExp | undefined, string | undefined> {
  const compiled = z.transform((written: string, context) => {
    try {
      return new RegExp(written)
    } catch (error) {
      const reason = (error as Error).message.replace(/^Invalid regular expression: /, '')
      context.issues.push({ code: 'custom', input: written, message: `does not compile: ${reason}` })
      return z.NEVER
    }
  })
  return z.optional(z.pipe(z.string(), compiled)).check(z.meta({ format: 'regex' }))
}

function url(): Kind<string | undefined, string | undefined> {
  const reachable = withoutProblem((endpoint) => {
    const problem = endpointProblem(endpoint)
    return problem && `${problem}: write it as http://host:4317 or https://host:4317`
  })
  return z.optional(z.string().check(reachable))
}

function endpointProblem(endpoint: string): string | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`
  if (!/^https?:/i.test(text)) return 'is neither http:// nor https://'
  if (/^https?:\/\/([^/?#]*@)?([:/?#]|$)/i.test(text)) return 'has no host'
  return URL.canParse(text) ? undefined : 'is not a URL'
}

/** What both gRPC and HTTP can send: a header's name, and a value whose percent-encoding decodes to printable ASCII. */
function header(): Kind<string, string> {
  const form = z.regex(/^[\w.-]+\s*=/, {
    error: 'is not of the form name=value, like Authorization=Bearer%20abc',
    abort: true,
  })
  return z.string().check(form, withoutProblem(headerProblem))
}

function headerProblem(entry: string): string | undefined {
  const at = entry.indexOf('=')
  if (entry.slice(0, at).trim().toLowerCase().endsWith('-bin'))
    return 'has a name that gRPC keeps for binary values: leave out -bin'
  const value = decoded(entry.slice(at + 1))
  if (value === undefined) return 'has a "%" that begins no escape: write %25 for a percent sign'
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'has a value that a header cannot hold: use printable ASCII only'
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // URIError is all it throws
  }
}

function folder(byDefault: string): Kind<string, string | undefined> {
  return z.prefault(z.string().check(z.regex(/^\//, 'is not an absolute path: begin it with /')), byDefault)
}

function address(): Kind<string | undefined, string | undefined> {
  const problem = 'is no IP address: write it like 10.100.0.7 or fd00::7, without a port'
  return z.optional(z.string().check(z.refine((text) => isIP(text) !== 0, problem)))
}

function path(): Kind<string | undefined, string | undefined> {
  return z.optional(z.string().check(z.minLength(1, 'is empty: name a PEM file')))
}

function name(): Kind<string | undefined, string | undefined> {
  return z.optional(z.string().check(z.minLength(1, 'is empty: give a name, or leave it out')))
}

function boolean(): Kind<boolean, boolean | 'true' | 'false' | undefined> {
  const written = z.union([z.boolean(), z.enum(['true', 'false'])], { error: 'is neither true nor false' })
  const value = z.transform((text: boolean | 'true' | 'false') => text === true || text === 'true')
  return z.prefault(z.pipe(written, value), false)
}

function port(): Kind<number | undefined, number | string | undefined> {
  const problem = 'is not a port: a number from 1 to 65535, or off'
  // Kubernetes sets ENA_OTEL_HEALTH_PORT=tcp://10.0.0.1:80 where there is a Service of the name ena-otel-health.
  const ofService = 'is what Kubernetes sets for a Service ena-otel-health: set enableServiceLinks: false on the pod'
  const error = ({ input }: { readonly input?: unknown }): string =>
    /^\w+:\/\//.test(String(input)) ? ofService : problem
  const number = z.int().check(z.minimum(1, problem), z.maximum(65_535, problem))
  const written = z.union([number, z.string().check(z.regex(/^(off|\d+)$/, { error }))], { error })
  const port = z.pipe(
    written,
    z.transform((value: number | string) => (value === 'off' ? undefined : Number(value))),
  )
  const inside = z.refine<number | undefined>(
    (value) => value === undefined || (value >= 1 && value <= 65_535),
    problem,
  )
  return z.prefault(port.check(inside), 8413)
}

/** Refuses what there is something to say against. */
function withoutProblem(problemOf: (text: string) => string | undefined): z.core.$ZodCheck<string> {
  return z.superRefine((text, context) => {
    const problem = problemOf(text)
    if (problem !== undefined) context.addIssue(problem)
  })
}
