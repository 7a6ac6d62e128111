// The kinds of options: what may be written, and what it becomes. Texts and YAML values are both accepted wherever the meaning is the
// same: `healthPort: 8413` and ENA_OTEL_HEALTH_PORT=8413.
import { isIP } from 'node:net'

import { GLOB_FORM, GLOB_FORM_PROBLEM, NEGATED_PROBLEM } from '@ena-otel/metrics/globs'
import * as z from 'zod/mini' // zod itself takes 3 MB more of memory

import { HEADER_FORM, HEADER_FORM_PROBLEM, headerProblem } from './header.ts'
import { DURATION, type Quantity, SIZE } from './quantity.ts'
import { StatisticsFilter } from './statistics-filter.ts'

/** What stands for the value of an option in help: `time` in `--sample-interval <time>`. */
export const PLACEHOLDERS = z.registry<{ readonly placeholder: string }>()

/** A kind of option: the type of its value, and of what may be written. */
type Kind<Out, In> = z.ZodMiniType<Out, In>

export function option<T extends z.ZodMiniType>(kind: T, description: string): T {
  z.globalRegistry.add(kind, { ...z.globalRegistry.get(kind), description })
  return kind
}

export function choice<const T extends readonly string[]>(
  placeholder: string,
  of: T,
  byDefault: T[number],
): Kind<T[number], T[number] | undefined> {
  return z.prefault(z.enum(of), byDefault).register(PLACEHOLDERS, { placeholder })
}

export function duration(byDefault: string, min: number, max: number): Kind<number, string | undefined> {
  const problem = 'is not a duration: write it with its unit, like 500ms, 1s or 2m'
  return quantity(DURATION, problem, byDefault, min, max).register(PLACEHOLDERS, { placeholder: 'time' })
}

export function size(byDefault: string, min: number, max: number): Kind<number, string | undefined> {
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

export function count(byDefault: number, min: number, max: number): Kind<number, number | string | undefined> {
  const problem = `is not a whole number from ${min} to ${max}`
  const written = z.union([z.int(), z.string().check(z.regex(/^\d+$/, problem))], { error: problem })
  const value = z.pipe(written, z.transform(Number)).check(z.minimum(min, problem), z.maximum(max, problem))
  return z.prefault(value, byDefault).register(PLACEHOLDERS, { placeholder: 'number' })
}

export function list<T extends Kind<string, string>>(
  placeholder: string,
  item: T,
): Kind<readonly z.output<T>[], readonly string[] | undefined> {
  // Not z.readonly(): in JSON schema, readOnly means that it can't be set.
  const many = z.prefault(z.array(item), []) as Kind<readonly z.output<T>[], readonly string[] | undefined>
  return many.register(PLACEHOLDERS, { placeholder })
}

export function glob(): Kind<string, string> {
  const error = ({ input }: { readonly input?: unknown }): string =>
    input === '' || input === '!' ? 'has an empty entry' : GLOB_FORM_PROBLEM
  return z.string().check(z.regex(GLOB_FORM, { error, abort: true })) // in the JSON schema too
}

export function globToExclude(): Kind<string, string> {
  return glob().check(withoutProblem((text) => (text.startsWith('!') ? NEGATED_PROBLEM : undefined)))
}

export function regularExpression(): Kind<StatisticsFilter | undefined, string | undefined> {
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

export function url(): Kind<string | undefined, string | undefined> {
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
export function header(): Kind<string, string> {
  const form = z.regex(HEADER_FORM, { error: HEADER_FORM_PROBLEM, abort: true }) // in the JSON schema too
  return z.string().check(form, withoutProblem(headerProblem))
}

export function folder(byDefault: string): Kind<string, string | undefined> {
  const absolute = z.string().check(z.regex(/^\//, 'is not an absolute path: begin it with /'))
  return z.prefault(absolute, byDefault).register(PLACEHOLDERS, { placeholder: 'folder' })
}

export function address(): Kind<string | undefined, string | undefined> {
  const problem = 'is not an IP address: write it like 10.100.0.7 or fd00::7, without a port'
  const written = z.string().check(z.refine((text) => isIP(text) !== 0, problem))
  return z.optional(written).register(PLACEHOLDERS, { placeholder: 'ip' })
}

export function name(): Kind<string | undefined, string | undefined> {
  return text('name', 'give a name, or leave it out')
}

/** @param remedy what to do if it is empty */
export function text(placeholder: string, remedy: string): Kind<string | undefined, string | undefined> {
  const written = z.string().check(z.minLength(1, `is empty: ${remedy}`))
  return z.optional(written).register(PLACEHOLDERS, { placeholder })
}

export function boolean(): Kind<boolean, boolean | 'true' | 'false' | undefined> {
  const written = z.union([z.boolean(), z.enum(['true', 'false'])], { error: 'is neither true nor false' })
  const value = z.transform((text: boolean | 'true' | 'false') => text === true || text === 'true')
  return z.prefault(z.pipe(written, value), false)
}

export function port(): Kind<number | undefined, number | string | undefined> {
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
