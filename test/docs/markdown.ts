// What the tests of the documents need of Markdown: where the documents are, their headings, links and blocks of code.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { REPOSITORY } from '../harness/agent.ts'

/** Paths from the repository's folder. */
export function documents(): readonly string[] {
  const patterns = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'packages/*/README.md']
  return [...patterns, 'charts/**/README.md'].flatMap((pattern) => globSync(pattern, { cwd: REPOSITORY })).toSorted()
}

export function read(document: string): string {
  return readFileSync(join(REPOSITORY, document), 'utf8')
}

export function exists(path: string): boolean {
  return existsSync(join(REPOSITORY, path))
}

/** Names of the runbooks, which are those of alerts. */
export function runbooks(): readonly string[] {
  const files = globSync('docs/runbooks/*.md', { cwd: REPOSITORY }).map((file) => basename(file, '.md'))
  return files.filter((name) => name !== 'README').toSorted()
}

/** Without what is in blocks of code and between backticks, where `[x](y)` and `# x` mean something else. */
function prose(markdown: string): string {
  return withoutBlocks(markdown).replaceAll(/`[^`\n]*`/g, '')
}

function withoutBlocks(markdown: string): string {
  return markdown.replaceAll(/^( *)(```+)[^\n]*\n[\s\S]*?^\1\2 *$/gm, '')
}

export interface Block {
  readonly document: string
  /** Of its first line of code, from 1. */
  readonly line: number
  readonly code: string
}

/** The fenced blocks in `language`. */
function blocks(document: string, language: string): readonly Block[] {
  const markdown = read(document)
  const found = markdown.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\` *$`, 'gm'))
  return Array.from(found, ({ index, 2: code = '' }) => ({
    document,
    line: markdown.slice(0, index).split('\n').length + 1,
    code,
  }))
}

/** The queries in blocks of `promql`: an empty line divides those of one block. */
export function documentedQueries(): readonly Block[] {
  return documents().flatMap((document) => blocks(document, 'promql').flatMap(divided))
}

function divided({ document, line, code }: Block): readonly Block[] {
  return code.split(/\n{2,}/).flatMap((part) => (part.trim() === '' ? [] : { document, line, code: part.trim() }))
}

/** Where relative links lead to: `path`, `path#anchor` or `#anchor`. */
export function relativeLinks(markdown: string): readonly string[] {
  const inline = Array.from(
    prose(markdown).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g),
    ([, target = '']) => target,
  )
  const references = Array.from(prose(markdown).matchAll(/^ *\[[^\]]+\]: +(\S+)/gm), ([, target = '']) => target)
  return [...inline, ...references].filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target))
}

/** The anchors that GitHub gives to headings: lower case, no punctuation, a dash for a blank; the second of a kind ends in -1. */
export function anchors(markdown: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const found = new Set<string>()
  for (const [, heading = ''] of withoutBlocks(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    found.add(before === 0 ? slug : `${slug}-${before}`)
  }
  return found
}
