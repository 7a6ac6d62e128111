// The queries of the documents are PromQL, and ask for names that are exported.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

import { EXPORTED } from '../../packages/rules/src/names.ts'
import { COREDNS_METRICS } from '../../packages/rules/src/foreign-metrics.ts'
import { run } from '../harness/command.ts'
import { prometheus } from '../tools/prometheus.ts'
import { documentedQueries } from './markdown.ts'

const queries = documentedQueries()

describe('the queries of the documents', () => {
  it('are what promtool takes for PromQL', async () => {
    expect(queries.length).toBeGreaterThan(30)
    expect(await complaints(queries.map(({ code }) => code))).toEqual('')
  }, 60_000)

  it('would be refused if they were not', async () => {
    expect(await complaints(['sum by (node) (up'])).toContain('parse error')
  }, 60_000)

  it('ask for metrics that the agent, CoreDNS or Prometheus itself exports', () => {
    const known = new Set<string>([...EXPORTED.values(), ...COREDNS_METRICS, 'ALERTS', 'up'])
    const unknown = queries.flatMap(({ document, line, code }) =>
      metricNames(code)
        .filter((name) => !known.has(name))
        .map((name) => `${document}:${line}: ${name}`),
    )
    expect(unknown).toEqual([])
  })

  it('have their metric names found', () => {
    const query =
      'sum by (node) (rate(a_total{b="c_total"}[5m])) / on (node) group_left (x) max_over_time(d[1h:1m]) > bool 5e3 and ALERTS'
    expect(metricNames(query)).toEqual(['a_total', 'd', 'ALERTS'])
  })
})

/** PromQL's own words that no bracket follows. */
const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'inf', 'nan'])

/** What in a query is neither a function, an operator, a label, a text, a number nor a duration. */
function metricNames(query: string): readonly string[] {
  const bare = query
    .replaceAll(/#.*$/gm, '')
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
  const names = Array.from(bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])/g), ([name]) => name)
  return names.filter((name) => !WORDS.has(name.toLowerCase()) && !isAggregation(name, bare))
}

/** `sum by (x) (y)`: after the words that were taken out, a bracket follows. */
function isAggregation(name: string, query: string): boolean {
  return new RegExp(`\\b${name}\\s*\\(`).test(query)
}

/** What `promtool check rules` says against the expressions; '' for nothing. */
async function complaints(expressions: readonly string[]): Promise<string> {
  const { promtool } = await prometheus()
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-promql-'))
  try {
    const file = join(folder, 'rules.json')
    const rules = expressions.map((expr, i) => ({ record: `documented:query${i}`, expr }))
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'documents', rules }] })) // JSON is YAML
    const { status, stdout, stderr } = await run([promtool, 'check', 'rules', file])
    return status === 0 ? '' : `${stdout}${stderr}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}
