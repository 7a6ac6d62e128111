// Every relative link of the documents leads somewhere, and every alert to its runbook.
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { anchors, documents, exists, read, relativeLinks, runbooks } from './markdown.ts'

describe('the links of the documents', () => {
  it.each(documents())('of %s resolve to a file, and to a heading where they name one', (document) => {
    expect(relativeLinks(read(document)).flatMap((link) => wrong(document, link))).toEqual([])
  })

  it('are found, and are wrong where they lead nowhere', () => {
    const text =
      '[a](docs/nowhere.md) [b](#none) [c](README.md#the-agent) `[d](e.md)`\n\n```\n[f](g.md)\n```\n\n[h]: i.md\n'
    expect(relativeLinks(text)).toEqual(['docs/nowhere.md', '#none', 'README.md#the-agent', 'i.md'])
    expect(relativeLinks(text).flatMap((link) => wrong('README.md', link))).toHaveLength(3)
  })

  it('name headings as GitHub does', () => {
    expect([...anchors('# A `b`, c!\n\n```sh\n# no heading\n```\n\n## A b c\n\n## [Li-nk](x)\n')]).toEqual([
      'a-b-c',
      'a-b-c-1',
      'li-nk',
    ])
  })
})

const RULES = ['charts/ena-otel/files/rules/ena-otel.rules.yaml', 'docs/rules/ena-otel.rules.yaml']

describe.skipIf(!RULES.every(exists))('the runbooks', () => {
  const alertsOf = (file: string): readonly string[] =>
    Array.from(read(file).matchAll(/^ *(?:- )?alert: *["']?(\w+)/gm), ([, name = '']) => name)

  it('are one for each alert of the chart, which has the optional ones too', () => {
    const [chart, documents] = RULES.map(alertsOf)
    expect(chart).not.toEqual([])
    expect(runbooks()).toEqual([...new Set(chart)].toSorted())
    expect(runbooks()).toEqual(expect.arrayContaining([...new Set(documents)]))
  })

  it.each(RULES)('are what the alerts of %s link to', (file) => {
    const linked = Array.from(read(file).matchAll(/runbook_url: *["']?(\S+?)["']?$/gm), ([, url = '']) => url)
    const names = linked.map(
      (url) => /^(?:%\{runbookBaseUrl\}|https:\/\/\S+\/docs\/runbooks)\/(\w+)\.md$/.exec(url)?.[1],
    )
    const alerts = read(file).match(/^ *(?:- )?alert:/gm) ?? []
    expect(names).toHaveLength(alerts.length)
    expect(names.filter((name) => name === undefined || !runbooks().includes(name))).toEqual([])
  })

  it('are all in the index', () => {
    const index = relativeLinks(read('docs/runbooks/README.md'))
    expect(runbooks().filter((name) => !index.includes(`${name}.md`))).toEqual([])
  })
})

const PARTS = [
  'Do first',
  'What users see',
  'Why',
  'Confirm in a minute',
  'Causes, by likelihood',
  'Fix',
  "Don't",
  'Fixed when',
]

describe('a runbook', () => {
  it.each(runbooks())('%s has its parts, in their order', (name) => {
    const headings = Array.from(read(`docs/runbooks/${name}.md`).matchAll(/^## (.+)$/gm), ([, heading = '']) => heading)
    expect(headings).toEqual(PARTS)
  })

  it.each(runbooks())('%s begins with at most three lines of what to do first', (name) => {
    const [, first = ''] = /^## Do first\n\n(.+?)\n\n## /ms.exec(read(`docs/runbooks/${name}.md`)) ?? []
    const lines = first.split('\n')
    expect(lines.length).toBeLessThanOrEqual(3)
    expect(lines.filter((line) => !/^\d\. /.test(line))).toEqual([])
  })
})

/** What is wrong with a link; nothing where it is right. */
function wrong(document: string, link: string): readonly string[] {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : join(dirname(document), decodeURIComponent(path))
  if (!exists(target)) return [`${link}: there is no ${target}`]
  if (anchor === undefined || !target.endsWith('.md')) return []
  return anchors(read(target)).has(anchor) ? [] : [`${link}: ${target} has no such heading`]
}
