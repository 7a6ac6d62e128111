// Globs of interface names and drivers. What is accepted means the same as in a shell; the rest is refused.
import picomatch from 'picomatch'

const CHARACTER = String.raw`[^\[\]{}()|\\"/,]`
const CHARACTER_CLASS = String.raw`\[[!^]?[^\[\]/!^][^\[\]/]*\]`
const ALTERNATIVES = String.raw`\{(?:${CHARACTER_CLASS}|${CHARACTER})*(?:,(?:${CHARACTER_CLASS}|${CHARACTER})*)+\}`

/** A glob, or a negated one: `!glob`. Ranges in braces (`{8..12}`) are none: picomatch reads other numbers than a shell. */
export const GLOB_FORM: RegExp = new RegExp(
  String.raw`^!?(?!!|.*\.\.)(?:${CHARACTER_CLASS}|${ALTERNATIVES}|${CHARACTER})+$`,
)

/** What is wrong with a text that is not of this form: the end of a sentence that begins with the text. */
export const GLOB_FORM_PROBLEM =
  'is not a glob: use *, ?, [0-9], [!0-9] and {a,b}, or ! in front of a glob to exclude the names that match it'

/** What is wrong with a negated glob among those that exclude names. */
export const NEGATED_PROBLEM = 'begins with !, but what matches here is excluded anyway: leave the ! out'

/**
 * `posix` reads `[!0]` as a shell does. Without `regex: false`, and on the fast paths, a `+` repeats what is before it. With `dot`, a name
 * that begins with `.` is one like any other.
 */
const AS_IN_A_SHELL = { posix: true, regex: false, fastpaths: false, noextglob: true, dot: true } as const

/** The globs that ask for names, and those after a `!`, which exclude names. */
export function splitNegated(globs: readonly string[]): {
  readonly wanted: readonly string[]
  readonly excluded: readonly string[]
} {
  const isNegated = (glob: string): boolean => glob.startsWith('!')
  return {
    wanted: globs.filter((glob) => !isNegated(glob)),
    excluded: globs.filter(isNegated).map((glob) => glob.slice(1)),
  }
}

/**
 * Whether a name matches one of the globs; no name does when there are none.
 *
 * @throws Error with one line for a text that is not a glob, and for a negated one
 */
export function globMatcher(globs: readonly string[]): (name: string) => boolean {
  for (const glob of globs) {
    if (!GLOB_FORM.test(glob)) throw new Error(`${JSON.stringify(glob)} ${GLOB_FORM_PROBLEM}`)
    if (glob.startsWith('!')) throw new Error(`${JSON.stringify(glob)} ${NEGATED_PROBLEM}`)
  }
  return globs.length === 0 ? () => false : picomatch([...globs], AS_IN_A_SHELL)
}
