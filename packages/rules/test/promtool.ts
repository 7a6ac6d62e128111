// The real promtool, on files in a folder of its own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { prometheus } from '../../../test/tools/prometheus.ts'

export interface Promtool {
  /** What it finds wrong in a rule file, comments included; '' for nothing. */
  readonly checkRules: (yaml: string) => string
  /**
   * What went wrong in each group of unit tests, by its name; '' for nothing.
   * @param interval at which all rules are evaluated: promtool takes this for the interval of every group
   */
  readonly testRules: (rules: string, tests: readonly PromtoolTest[], interval: string) => ReadonlyMap<string, string>
}

/** https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#test_group */
export interface PromtoolTest {
  readonly name: string
  readonly interval: string
  readonly input_series: readonly object[]
  readonly alert_rule_test?: readonly object[]
  readonly promql_expr_test?: readonly object[]
}

export async function promtool(): Promise<Promtool> {
  const programs = await prometheus()
  return {
    checkRules: (yaml) =>
      inFolder((folder) => {
        writeFileSync(join(folder, 'rules.yaml'), yaml)
        const { status, stdout, stderr } = run(
          programs.promtool,
          ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yaml'],
          folder,
        )
        return status === 0 ? '' : stdout + stderr
      }),
    testRules: (rules, tests, interval) =>
      inFolder((folder) => {
        writeFileSync(join(folder, 'rules.yaml'), rules)
        const file = { rule_files: ['rules.yaml'], evaluation_interval: interval, fuzzy_compare: true, tests }
        writeFileSync(join(folder, 'tests.yaml'), JSON.stringify(file)) // JSON is YAML
        const { stdout, stderr } = run(
          programs.promtool,
          ['test', 'rules', '--junit=results.xml', 'tests.yaml'],
          folder,
        )
        const results = casesOf(readFileSync(join(folder, 'results.xml'), 'utf8'))
        if (results.size !== tests.length)
          throw new Error(`promtool ran ${results.size} of ${tests.length} tests:\n${stdout}${stderr}`)
        return results
      }),
  }
}

function run(
  program: string,
  args: readonly string[],
  cwd: string,
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-promtool-'))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `<testcase name="…"></testcase>`, with `<failure …>…</failure>` inside when it failed. */
function casesOf(junit: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', body = ''] of junit.matchAll(
    /<testcase\b[^>]*\bname="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs,
  )) {
    found.set(unescaped(name), unescaped(body))
  }
  return found
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  amp: '&',
  '#34': '"',
  '#39': "'",
  '#xA': '\n',
  '#x9': '\t',
}

function unescaped(xml: string): string {
  return xml.replace(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole)
}
