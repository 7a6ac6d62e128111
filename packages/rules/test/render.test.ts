import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { rendered } from '../src/rendered.ts'
import { ALERTS } from '../src/rule-file.ts'
import { DEFAULT_VPC_RESOLVERS, THRESHOLDS, withDefaults } from '../src/thresholds.ts'

const REPOSITORY = join(import.meta.dirname, '..', '..', '..')
const RENDER = join('packages', 'rules', 'src', 'render.ts')
const VALUES = join(REPOSITORY, 'charts', 'ena-otel', 'values.yaml')

describe('render.ts', () => {
  it('has been run since the rules or dashboards changed', () => {
    const { status, stderr } = spawnSync(process.execPath, [RENDER, '--check'], { cwd: REPOSITORY, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })

  it('says which file is stale, and writes it again', () => {
    const copy = mkdtempSync(join(tmpdir(), 'ena-otel-render-'))
    try {
      // The files that it renders and the program that does: the same tree in small, with the packages that it imports where they are.
      for (const path of ['packages/rules/src', 'packages/rules/package.json', ...rendered().keys()])
        cpSync(join(REPOSITORY, path), join(copy, path), { recursive: true })
      execFileSync('ln', [
        '-s',
        join(REPOSITORY, 'packages/rules/node_modules'),
        join(copy, 'packages/rules/node_modules'),
      ])
      const [first = ''] = rendered().keys()
      appendFileSync(join(copy, first), '# by hand\n')
      const check = (): { status: number | null; stderr: string } =>
        spawnSync(process.execPath, [RENDER, '--check'], { cwd: copy, encoding: 'utf8' })
      expect(check()).toMatchObject({ status: 1, stderr: `${first} is stale: run node packages/rules/src/render.ts\n` })
      rmSync(join(copy, first))
      expect(check()).toMatchObject({ status: 1 })
      execFileSync(process.execPath, [RENDER], { cwd: copy })
      expect(check()).toMatchObject({ status: 0, stderr: '' })
      expect(readFileSync(join(copy, first), 'utf8')).toBe(rendered().get(first))
    } finally {
      rmSync(copy, { recursive: true })
    }
  })

  it('ends with 2 for an option that it does not have', () => {
    expect(spawnSync(process.execPath, [RENDER, '--chekc'], { cwd: REPOSITORY }).status).toBe(2)
  })
})

describe('withDefaults', () => {
  it('refuses a token that no row is for', () => {
    expect(() => withDefaults('> %{nothing}')).toThrow(RangeError)
  })
})

describe('the chart', () => {
  it.runIf(existsSync(VALUES))('has each threshold and setting, under its name and with its default', () => {
    const values: { rules?: { thresholds?: unknown; vpcResolvers?: unknown; disabled?: unknown } } = parse(
      readFileSync(VALUES, 'utf8'),
    )
    expect(values.rules?.thresholds).toEqual(Object.fromEntries(THRESHOLDS.map((row) => [row.name, row.default])))
    expect(values.rules?.vpcResolvers).toBe(DEFAULT_VPC_RESOLVERS)
    const optional = ALERTS.filter((rule) => rule.optional).map(({ alert }) => [alert, true])
    expect(values.rules?.disabled).toEqual(Object.fromEntries(optional))
  })
})
