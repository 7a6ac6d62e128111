// Every option of the agent, once: name, form, default, meaning. From this table come the flags (--sample-interval), the
// environment (ENA_OTEL_SAMPLE_INTERVAL), the keys of the file (sampleInterval), the JSON schema and the help.
import { isIP } from 'node:net'

import * as z from 'zod'

import { DURATION_PATTERN, formatDuration, parseDuration } from './duration.ts'
import { formatSize, parseSize, SIZE_PATTERN } from './size.ts'

/** Ecosystems whose metric names can be sent beside our own. */
export const ECOSYSTEMS = ['showmax', 'node_exporter', 'telegraf', 'cloudwatch', 'datadog'] as const
export type Ecosystem = (typeof ECOSYSTEMS)[number]

export const OPTIONS = z.strictObject({
  sampleInterval: duration('1s', 100, 60_000).describe('How often the counters are read, 100ms to 60s.'),
  exportInterval: duration('15s', 100, 86_400_000).describe(
    'How often they are pushed, 100ms to 24h. Where OTEL_METRIC_EXPORT_INTERVAL sets less than the default sample interval, they are read as often.',
  ),
  detail: z
    .enum(['changes', 'full'])
    .default('changes')
    .describe(
      'changes: every change of counters that are usually quiet, last value and highest second of bytes and packets. full: every change of these, too.',
    ),

  include: list().describe(
    'Read interfaces with these names (globs), also those without a device: veth*, eni*. Replaces the default of --driver.',
  ),
  exclude: list().describe('Never read interfaces with these names (globs).'),
  driver: list().describe(
    'Read interfaces with these drivers (globs; !name leaves one out). Default: ena or, if there is none, all with a device.',
  ),
  statistics: regularExpression().describe(
    'Also read the ethtool statistics whose names match this regular expression, from every driver.',
  ),
  compat: list(z.enum(ECOSYSTEMS)).describe(`Also send the metric names of ${ECOSYSTEMS.join(', ')}.`),

  endpoint: url().describe(
    'The collector: http://host:4317, https://…, or host:4317 for TLS. Without a port: 4317 for gRPC in plain text, 443 for TLS, 80 for HTTP. Default: print to the console.',
  ),
  collectorAddress: address().describe(
    "The IP address of the endpoint's host, so that no name has to be resolved. DNS is asked once it doesn't answer there.",
  ),
  protocol: z.enum(['grpc', 'http/protobuf']).default('grpc').describe('grpc or http/protobuf.'),
  header: list(header()).describe('Headers of each push; values percent-encoded (%20 for a space, %2C for a comma).'),
  compression: z.enum(['gzip', 'none']).default('gzip').describe('gzip or none.'),
  timeout: duration('10s', 1, 600_000).describe('How long a push may take, 1ms to 10m.'),
  certificate: path().describe(
    "The authority that signed the collector's certificate (PEM). Default: those that Node knows.",
  ),
  clientCertificate: path().describe('Our own certificate, for mTLS (PEM).'),
  clientKey: path().describe('The key of our own certificate, for mTLS (PEM).'),
  insecure: boolean().describe('No TLS for an endpoint that is written without http:// or https:// (gRPC only).'),
  temporality: z
    .enum(['cumulative', 'delta', 'lowmemory'])
    .default('cumulative')
    .describe('How counters count: cumulative (AMP needs it), delta or lowmemory.'),

  queueSize: size('8MiB', 2 ** 16, 2 ** 30).describe(
    'How much memory the points may take that wait for the collector, 64KiB to 1GiB: 8MiB are hours of a quiet node.',
  ),
  queueAge: duration('55m', 1_000, 86_400_000).describe(
    'How long points are kept for the collector, 1s to 24h. AMP refuses what is older than 1h.',
  ),
  mostSeries: count(2_000, 100, 100_000).describe(
    'How many series are sent at most, 100 to 100000. What is over is counted; driver statistics and other exporters’ names are left out first.',
  ),

  nodeName: name().describe('Sent as k8s.node.name. Also K8S_NODE_NAME or NODE_NAME in the environment.'),
  clusterName: name().describe('Sent as k8s.cluster.name. Also K8S_CLUSTER_NAME in the environment.'),

  healthPort: port().describe('Port on 127.0.0.1 that answers /livez and /readyz, or off.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('How much is logged to stderr: debug, info, warn, error, silent.'),
  logFormat: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('json (a line each), pretty, or auto: pretty on a terminal.'),
  sysfs: folder('/sys').describe('Where sysfs is mounted.'),
  procfs: folder('/proc').describe('Where procfs is mounted.'),
})

/** The validated configuration: durations in milliseconds, lists as arrays. */
export type Config = z.output<typeof OPTIONS>
export type OptionName = keyof Config

/** The JSON schema of the configuration file. */
export function jsonSchema(): object {
  return { title: 'ena-otel configuration', ...z.toJSONSchema(OPTIONS, { io: 'input' }) }
}

// Texts and YAML values are both accepted wherever the meaning is the same: `healthPort: 8413` and ENA_OTEL_HEALTH_PORT=8413.

function duration(byDefault: string, minMs: number, maxMs: number): z.ZodType<number, string | undefined> {
  return z
    .string({ error: 'is not a duration: write it with its unit, like 500ms, 1s or 2m' })
    .regex(DURATION_PATTERN, 'is not a duration: write it with its unit, like 500ms, 1s or 2m')
    .transform((text) => parseDuration(text) ?? Number.NaN)
    .refine((ms) => ms >= minMs && ms <= maxMs, `is outside ${formatDuration(minMs)} to ${formatDuration(maxMs)}`)
    .prefault(byDefault)
}

function size(byDefault: string, min: number, max: number): z.ZodType<number, string | undefined> {
  return z
    .string({ error: 'is not a size: write it with its unit, like 512KiB or 8MiB' })
    .regex(SIZE_PATTERN, 'is not a size: write it with its unit, like 512KiB or 8MiB')
    .transform((text) => parseSize(text) ?? Number.NaN)
    .refine((bytes) => bytes >= min && bytes <= max, `is outside ${formatSize(min)} to ${formatSize(max)}`)
    .prefault(byDefault)
}

function count(byDefault: number, min: number, max: number): z.ZodType<number, number | string | undefined> {
  const problem = `is not a whole number from ${min} to ${max}`
  return z
    .union([z.int(), z.string().regex(/^\d+$/)], { error: problem })
    .transform(Number)
    .refine((value) => value >= min && value <= max, problem)
    .prefault(byDefault)
}

function list<T extends z.ZodType<string>>(item?: T): z.ZodType<readonly z.output<T>[], readonly string[] | undefined> {
  // Not z.readonly(): in JSON schema readOnly means that one may not set it.
  const items = z.array(item ?? z.string().regex(/^!?[^!]/, 'has an empty entry'))
  return items.prefault([]) as z.ZodType<readonly z.output<T>[], readonly string[] | undefined>
}

function regularExpression(): z.ZodType<RegExp | undefined, string | undefined> {
  return z
    .string()
    .transform((text, context) => {
      try {
        return new RegExp(text)
      } catch (error) {
        context.addIssue(`does not compile: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`)
        return z.NEVER
      }
    })
    .optional()
    .meta({ format: 'regex' })
}

function url(): z.ZodType<string | undefined, string | undefined> {
  return z
    .string()
    .superRefine((endpoint, context) => {
      const problem = endpointProblem(endpoint)
      if (problem !== undefined) context.addIssue(`${problem}: write it as http://host:4317 or https://host:4317`)
    })
    .optional()
}

function endpointProblem(endpoint: string): string | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`
  if (!/^https?:/i.test(text)) return 'is neither http:// nor https://'
  if (/^https?:\/\/([^/?#]*@)?([:/?#]|$)/i.test(text)) return 'has no host'
  return URL.canParse(text) ? undefined : 'is not a URL'
}

/** What both gRPC and HTTP can send: a header's name, and a value whose percent-encoding decodes to printable ASCII. */
function header(): z.ZodType<string, string> {
  return z
    .string()
    .regex(/^[\w.-]+\s*=/, { error: 'is not of the form name=value, like Authorization=Bearer%20abc', abort: true })
    .superRefine((entry, context) => {
      const at = entry.indexOf('=')
      const value = decoded(entry.slice(at + 1))
      if (entry.slice(0, at).trim().toLowerCase().endsWith('-bin'))
        context.addIssue('has a name that gRPC keeps for binary values: leave out -bin')
      else if (value === undefined) context.addIssue('has a "%" that begins no escape: write %25 for a percent sign')
      else if (!/^[\x20-\x7e]*$/.test(value))
        context.addIssue('has a value that a header cannot hold: use printable ASCII only')
    })
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // URIError is all it throws
  }
}

function folder(byDefault: string): z.ZodType<string, string | undefined> {
  return z.string().regex(/^\//, 'is not an absolute path: begin it with /').prefault(byDefault)
}

function address(): z.ZodType<string | undefined, string | undefined> {
  return z
    .string()
    .refine((text) => isIP(text) !== 0, 'is no IP address: write it like 10.100.0.7 or fd00::7, without a port')
    .optional()
}

function path(): z.ZodType<string | undefined, string | undefined> {
  return z.string().min(1, 'is empty: name a PEM file').optional()
}

function name(): z.ZodType<string | undefined, string | undefined> {
  return z.string().min(1, 'is empty: give a name, or leave it out').optional()
}

function boolean(): z.ZodType<boolean, boolean | 'true' | 'false' | undefined> {
  return z
    .union([z.boolean(), z.enum(['true', 'false'])], { error: 'is neither true nor false' })
    .transform((value) => value === true || value === 'true')
    .prefault(false)
}

function port(): z.ZodType<number | undefined, number | string | undefined> {
  const problem = 'is not a port: a number from 1 to 65535, or off'
  // Kubernetes sets ENA_OTEL_HEALTH_PORT=tcp://10.0.0.1:80 where there is a Service of the name ena-otel-health.
  const ofService = 'is what Kubernetes sets for a Service ena-otel-health: set enableServiceLinks: false on the pod'
  const error = ({ input }: { readonly input?: unknown }): string =>
    /^\w+:\/\//.test(String(input)) ? ofService : problem
  return z
    .union([z.int().min(1, problem).max(65_535, problem), z.string().regex(/^(off|\d+)$/, { error })], { error })
    .transform((value) => (value === 'off' ? undefined : Number(value)))
    .refine((value) => value === undefined || (value >= 1 && value <= 65_535), problem)
    .prefault(8413)
}
