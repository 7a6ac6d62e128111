import { spawnSync } from 'node:child_process'
import { Writable } from 'node:stream'
import { styleText } from 'node:util'

import { expect, test } from 'vitest'

import { createLog, type LogOptions, type LogStream } from '../src/log.ts'

const MODULE = new URL('../src/log.ts', import.meta.url).href

/** The output of a separate process that logs a line of each level and is killed immediately. */
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

test('if stderr is no terminal, every line is a JSON object, and stdout is empty', () => {
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
])('at the level %s the last line before a kill is written, and nothing below the level', (logLevel, want) => {
  expect(messages(log({ logLevel, logFormat: 'json' }))).toEqual(want)
})

test('the pretty form is the time, the level and the sentence', () => {
  const { stderr } = log({ logLevel: 'error', logFormat: 'pretty' })
  expect(stderr).toMatch(/^\[\d\d:\d\d:\d\d\] ERROR: eth0: error\n$/)
})

test('an error is its name, code, message, stack and cause', () => {
  const lines: string[] = []
  const stream = streamTo((line) => lines.push(line))
  const cause = Object.assign(new TypeError('below'), { code: 'ENODEV' })
  createLog({ logLevel: 'info', logFormat: 'json' }, stream).error({ err: new Error('above', { cause }) }, 'failed')
  expect(JSON.parse(lines.join(''))).toMatchObject({
    err: {
      type: 'Error',
      message: 'above',
      stack: expect.stringContaining('log.test'),
      cause: { type: 'TypeError', message: 'below', code: 'ENODEV' },
    },
    msg: 'failed',
  })
})

test('on a terminal the level has a colour', () => {
  const lines: string[] = []
  const stream = Object.assign(
    streamTo((line) => lines.push(line)),
    { isTTY: true, getColorDepth: () => 8 },
  )
  const { FORCE_COLOR: before } = process.env
  process.env['FORCE_COLOR'] = '1'
  createLog({ logLevel: 'info', logFormat: 'auto' }, stream).warn({}, 'eth0: slow')
  process.env['FORCE_COLOR'] = before
  expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\] .*: eth0: slow\n$/)
  expect(lines.join('')).toContain(styleText('yellow', 'WARN', { validateStream: false }))
})

test('while nobody reads, the number of kept lines is bounded', () => {
  const unread = new Writable({ write: () => {} })
  const { info } = createLog({ logLevel: 'info', logFormat: 'json' }, unread)
  for (let i = 0; i < 10_000; i++) info({}, 'x'.repeat(100))
  expect(unread.writableLength).toBeGreaterThan(60_000)
  expect(unread.writableLength).toBeLessThan(70_000)
})

test('a closed pipe does not end the process', () => {
  const closed = new Writable({ write: (_line, _encoding, done) => done(new Error('EPIPE')) })
  const { info } = createLog({ logLevel: 'info', logFormat: 'json' }, closed)
  expect(() => info({}, 'one')).not.toThrow()
  expect(() => info({}, 'two')).not.toThrow()
})

function streamTo(take: (line: string) => unknown): LogStream {
  const write = (line: string, _encoding: string, done: () => void): void => {
    take(line)
    done()
  }
  return new Writable({ decodeStrings: false, write })
}
