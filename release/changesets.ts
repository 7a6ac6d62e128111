// The changesets: what users notice of the changes since the last release. One file has one or more paragraphs, each an entry of the changelog.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The kinds of Keep a Changelog, in its order. Artifact Hub has the same ones, in lower case. */
export const KINDS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'] as const
export type Kind = (typeof KINDS)[number]

export interface Change {
  readonly kind: Kind
  /** Its lines, one sentence each. */
  readonly text: string
}

/** All changes, by kind. A paragraph that does not begin with a kind (`Fixed: …`) is fixed in a patch, and changed in any other bump. */
export function changes(root: string): readonly Change[] {
  const files = globSync('.changeset/*.md', { cwd: root }).toSorted()
  const all = files.flatMap((file) => parseChangeset(readFileSync(join(root, file), 'utf8'), file))
  return KINDS.flatMap((kind) => all.filter((change) => change.kind === kind))
}

/** @throws TypeError when a text is not a changeset */
export function parseChangeset(text: string, file: string): readonly Change[] {
  const [, head, body] = /^---\n([^]*?)---\n([^]*)$/.exec(text) ?? []
  if (head === undefined || body === undefined || body.trim() === '') throw new TypeError(`${file} is not a changeset`)
  const byDefault = /: *(minor|major)$/m.test(head) ? 'Changed' : 'Fixed'
  return body
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => {
      const kind = KINDS.find((kind) => paragraph.startsWith(`${kind}: `))
      return { kind: kind ?? byDefault, text: kind === undefined ? paragraph : paragraph.slice(kind.length + 2) }
    })
}
