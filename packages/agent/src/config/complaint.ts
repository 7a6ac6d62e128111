// What is wrong with a value, in the words of whoever wrote it.
import { isOpenTelemetrys } from './environment.ts'

/** The value that is wrong, as it was written; of what may be a secret only that it is there. */
export function shown(option: string, value: unknown, index: number | undefined, written: string | undefined): string {
  const part = index === undefined ? value : (value as unknown[])[index]
  if (option === 'header') {
    const [, name] = /^([\w.-]+)\s*=/.exec(String(part)) ?? []
    if (name !== undefined) return `"${name}=…"`
    return index === undefined ? 'the value' : `entry ${index + 1}`
  }
  const text = index === undefined && written !== undefined ? written : JSON.stringify(part)
  return text.replace(/(\/\/[^/:@]*):[^/@]*@/, '$1:…@')
}

/** What zod says, in our words where its own are for programmers. */
export function sentence(
  issue: { readonly code: string; readonly message: string },
  origin: string | undefined,
): string {
  const { values, expected } = issue as { values?: readonly unknown[]; expected?: string }
  if (issue.code === 'invalid_value' && values) return `is not one of ${values.join(', ')}`
  if (issue.code === 'invalid_type' && expected && issue.message.startsWith('Invalid input'))
    return `is not a ${expected === 'array' ? 'list' : expected}`
  if (isOpenTelemetrys(origin))
    return issue.message.replace(/(is not a duration): .*/, '$1: write a whole number of milliseconds')
  return issue.message.replace(/^Invalid string: must start with/, 'does not start with')
}
