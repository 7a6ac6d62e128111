import { spawnSync } from 'node:child_process'

import { expect, test } from 'vitest'

import type { LogOptions } from '../src/log.ts'

const MODULE = new URL('../src/log.ts', import.meta.url).href

/** What a process of its own writes that logs a line of each level and is killed in the same moment. */
function log(options: LogOptions): { readonly stdout: string; readonly stderr: string } {
  const program = `
    import { createLog } from ${JSON.stringify(MODULE)}
    const log = createLog(${JSON.stringify(options)})
    for (const level of ['debug', 'info', 'warn', 'error']) log[level]({ interface: 'eth0' }, 'eth0: ' + level)
    process.kill(process.pid, 'SIGKILL')`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  })
  return { stdout, stderr }
}

const messages = ({ stderr }: { readonly stderr: string }): unknown[] =>
  stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { msg: string }).msg)

test('where stderr is no terminal every line is a JSON object, and nothing is on stdout', () => {
  const { stdout, stderr } = log({ logLevel: 'warn', logFormat: 'auto' })
  const [line] = stderr.split('\n')
  expect(JSON.parse(line ?? '')).toEqual({
    level: 40,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    interface: 'eth0',
    msg: 'eth0: warn',
  })
  expect(stdout).toBe('')
})

test.each([
  ['debug', ['eth0: debug', 'eth0: info', 'eth0: warn', 'eth0: error']],
  ['info', ['eth0: info', 'eth0: warn', 'eth0: error']],
  ['warn', ['eth0: warn', 'eth0: error']],
  ['error', ['eth0: error']],
  ['silent', []],
])('at the level %s the last line before an end is there, and nothing below the level', (logLevel, want) => {
  expect(messages(log({ logLevel, logFormat: 'json' }))).toEqual(want)
})

test('the pretty form is the time, the level and the sentence', () => {
  const { stderr } = log({ logLevel: 'error', logFormat: 'pretty' })
  expect(stderr).toMatch(/^\[\d\d:\d\d:\d\d\] ERROR: eth0: error\n$/)
})
