// What is wrong with a value, in one sentence.
import { isOtelVariable } from './environment.ts'

/** A value of an option and where it was found. */
export interface Found {
  readonly value: unknown
  /** As it is written there, where that differs from the value. */
  readonly written?: string
  readonly origin: string
}

interface Issue {
  readonly code: string
  readonly message: string
  readonly path: readonly PropertyKey[]
}

/** `--timeout: "5" is not a duration: …`. @param index the entry of a list that is wrong */
export function problemOf(option: string, { value, written, origin }: Found, issue: Issue, index?: number): string {
  return `${origin}: ${shown(option, value, index, written)} ${sentence(issue, origin)}`
}

/** The wrong value as it was written. A value that may be a secret is not shown. */
function shown(option: string, value: unknown, index: number | undefined, written: string | undefined): string {
  const part = index === undefined ? value : (value as unknown[])[index]
  if (option === 'header') {
    const [, name] = /^([\w.-]+)\s*=/.exec(String(part)) ?? []
    if (name !== undefined) return `"${name}=…"`
    return index === undefined ? 'the value' : `entry ${index + 1}`
  }
  const text = index === undefined && written !== undefined ? written : JSON.stringify(part)
  return withoutPassword(text)
}

/** A URL without the password in it. */
function withoutPassword(text: string): string {
  return text.replace(/(\/\/[^/:@]*):[^/@]*@/, '$1:…@')
}

/** zod's message, in plain words where zod's own are for programmers. */
function sentence(issue: Issue, origin: string): string {
  const { values, expected } = issue as { values?: readonly unknown[]; expected?: string }
  if (issue.code === 'invalid_value' && values) return `is not one of ${values.join(', ')}`
  if (issue.code === 'invalid_type' && expected && issue.message.startsWith('Invalid input'))
    return `is not a ${expected === 'array' ? 'list' : expected}`
  if (isOtelVariable(origin))
    return issue.message.replace(/(is not a duration): .*/, '$1: write a whole number of milliseconds')
  return issue.message.replace(/^Invalid string: must start with/, 'does not start with')
}
