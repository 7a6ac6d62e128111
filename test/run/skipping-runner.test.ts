import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { REPOSITORY } from '../harness/agent.ts'
import { run } from '../harness/command.ts'
import type { Tally } from './tally.ts'

const root = mkdtempSync(join(tmpdir(), 'ena-otel-runner-'))
afterAll(() => rmSync(root, { recursive: true }))

/** What a run of this one file counts. */
async function tallyOf(text: string): Promise<Tally> {
  mkdirSync(join(root, 'test'), { recursive: true })
  const notHere = JSON.stringify(join(REPOSITORY, 'test', 'harness', 'not-here.ts'))
  writeFileSync(join(root, 'test', 'a.test.ts'), `import { NotHere } from ${notHere}\n${text}`)
  const file = join(root, 'tally.json')
  const reporter = join(REPOSITORY, 'test', 'run', 'tally-reporter.ts')
  const vitest = [join(REPOSITORY, 'node_modules', '.bin', 'vitest'), 'run', '--globals', '--root', root]
  await run([...vitest, '--config', join(REPOSITORY, 'vitest.config.ts'), `--reporter=${reporter}`], {
    env: { ...process.env, ENA_OTEL_TALLY: file },
  })
  return JSON.parse(readFileSync(file, 'utf8')) as Tally
}

test('skips a test with the reason when it or its hook throws NotHere', async () => {
  const tally = await tallyOf(`
    const lack = (thing) => { throw new NotHere(thing, 'it is not installed') }
    test('alone', () => lack('qemu'))
    test('another', () => undefined)
    describe('a suite', () => {
      beforeAll(async () => lack('go'))
      test('of a hook', () => undefined)
      describe('within', () => test('another', () => undefined))
    })
  `)
  expect(tally).toEqual({
    passed: 1,
    failed: [],
    skipped: [
      { name: 'test/a.test.ts: alone', reason: 'qemu is not available here: it is not installed' },
      { name: 'test/a.test.ts: a suite > of a hook', reason: 'go is not available here: it is not installed' },
      { name: 'test/a.test.ts: a suite > within > another', reason: 'go is not available here: it is not installed' },
    ],
  })
}, 60_000)

test('fails a test when it or its hook throws any other error', async () => {
  const tally = await tallyOf(`
    test('alone', () => { throw new Error('broken') })
    describe('a suite', () => {
      beforeAll(() => { throw new Error('broken') })
      test('of a hook', () => undefined)
    })
  `)
  expect(tally.failed).toEqual(['test/a.test.ts: alone\n    broken', 'test/a.test.ts: a suite'])
}, 60_000)
