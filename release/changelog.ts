// CHANGELOG.md: one section for each release, the newest first.
import { type Change, KINDS } from './changesets.ts'

/** The section of a release, without its heading; undefined when there is none. */
export function section(changelog: string, version: string): string | undefined {
  const [, ...sections] = changelog.split(/^## /m)
  const found = sections.find((text) => text.startsWith(`${version} `) || text.startsWith(`${version}\n`))
  return found?.slice(found.indexOf('\n')).trim()
}

/** The changelog with a section for a new release. @param date as 2026-01-31 */
export function withSection(changelog: string, version: string, date: string, changes: readonly Change[]): string {
  const first = changelog.search(/^## /m)
  const [head, rest] = first === -1 ? [changelog, ''] : [changelog.slice(0, first), changelog.slice(first)]
  const parts = KINDS.flatMap((kind) => {
    const own = changes.filter((change) => change.kind === kind)
    return own.length === 0 ? [] : [`### ${kind}\n\n${own.map(({ text }) => item(text)).join('\n')}\n`]
  })
  return `${[`${head.trim()}\n`, `## ${version} - ${date}\n`, ...parts, rest].join('\n').trimEnd()}\n`
}

function item(text: string): string {
  return `- ${text.split('\n').join('\n  ')}`
}
