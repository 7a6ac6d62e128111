// What is wrong with a configuration, in one sentence each.
import type * as z from 'zod/mini'

import { redactedValue } from './endpoint.ts'
import type { Config, OptionName } from './options.ts'
import { isOtelVariable } from './otel-variables.ts'

/** A configuration that can't be used. Each line says what, where and what to do; nothing has been started. Exit code 2. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError'
  readonly lines: readonly string[]

  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(lines.join('\n'), options)
    this.lines = lines
  }
}

/** A value of an option and where it was found. */
export interface Found {
  readonly value: unknown
  /** As it is written there, where that differs from the value. */
  readonly written?: string
  /** `--sample-interval`, `ENA_OTEL_…`, `OTEL_…`, `file.yaml:3: key` */
  readonly origin: string
}

/** Where each value that is not a default was set. */
export type Origins = Partial<Record<keyof Config, string>>

export interface Problem {
  readonly origin: string
  /** One line that begins with the origin. */
  readonly line: string
  readonly option?: OptionName
}

/** What is wrong with the value of an option: `--timeout: "5" is not a duration: …`. */
export function valueProblem({ path, message }: z.core.$ZodIssue, found: ReadonlyMap<string, Found>): Problem {
  const [option, index] = path as [OptionName, number?]
  const where = found.get(option)!
  const { origin } = where
  const sentence = isOtelVariable(origin)
    ? message.replace(/(is not a duration): .*/, '$1: write a whole number of milliseconds')
    : message
  return { option, origin, line: `${origin}: ${shown(option, where, index)} ${sentence}` }
}

/** The wrong value as it was written. A value that may be a secret is not shown. */
function shown(option: OptionName, { value, written }: Found, index: number | undefined): string {
  const part = index === undefined ? value : (value as unknown[])[index]
  if (option === 'header') {
    const [, name] = /^([\w.-]+)\s*=/.exec(String(part)) ?? []
    if (name !== undefined) return `"${name}=…"`
    return index === undefined ? 'the value' : `entry ${index + 1}`
  }
  const text = typeof part === 'string' ? part : JSON.stringify(part)
  const safe = redactedValue(option, text)
  if (safe === text && index === undefined && written !== undefined) return written
  return typeof part === 'string' ? JSON.stringify(safe) : safe
}

/** The messages of options that have none of their own. */
export const defaultMessage: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_value') return `is not one of ${issue.values.join(', ')}`
  if (issue.code === 'invalid_type') return `is not a ${issue.expected === 'array' ? 'list' : issue.expected}`
  return undefined
}

/** `can't be read (ENOENT): name a PEM file that uid 1000 may read` */
export function unreadable(error: unknown, what: string): string {
  return `can't be read (${(error as NodeJS.ErrnoException).code}): name ${what} that uid ${process.getuid?.()} may read`
}
