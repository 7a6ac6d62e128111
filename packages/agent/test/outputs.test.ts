// Outputs that are full or closed: the real program in its own process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, onTestFinished, test } from 'vitest'

const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
const ENV = { AWS_EC2_METADATA_DISABLED: 'true', PATH: process.env['PATH'] }
const OFTEN = ['--include', 'lo', '--sample-interval', '100ms'] as const
const RUN = ['run', ...OFTEN, '--export-interval', '100ms', '--health-port', 'off'] as const

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

/** @param enough stops the program half a second after stderr has this text */
async function withFullStdout(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  enough?: string,
): Promise<Ended> {
  const full = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, [BIN, ...args], { env: { ...ENV, ...env }, stdio: ['ignore', full, 'pipe'] })
  closeSync(full)
  onTestFinished(() => void child.kill('SIGKILL'))
  let stderr = ''
  let isStopping = false
  child.stderr!.setEncoding('utf8').on('data', (part: string) => {
    stderr += part
    if (enough === undefined || isStopping || !stderr.includes(enough)) return
    isStopping = true
    setTimeout(() => child.kill('SIGTERM'), 500)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stderr }
}

const UNWRITABLE = "the output can't be written (ENOSPC): send it to another file or to a pipe"

describe.runIf(process.platform === 'linux')('on Linux (skipped elsewhere)', () => {
  test.each<[command: string, args: readonly string[]]>([
    ['help', ['help']],
    ['run --help', ['run', '--help']],
    ['--version', ['--version']],
    ['schema', ['schema']],
    ['validate', ['validate']],
    ['once', ['once', '--include', 'lo']],
    ['top', ['top', ...OFTEN]],
    ['run', [...RUN, '--log-level', 'warn']],
  ])('%s prints one line when stdout is full', async (_command, args) => {
    expect(await withFullStdout(args)).toEqual({ code: 1, stderr: `ena-otel: ${UNWRITABLE}\n` })
  })

  test('wrong usage is reported as usual when stdout is full', async () => {
    const stderr = "ena-otel: unknown command 'rum' (Did you mean run?)\n"
    expect(await withFullStdout(['rum'])).toEqual({ code: 2, stderr })
  })

  test('an agent that also pushes goes on when stdout is full, and says so once', async () => {
    const env = { OTEL_METRICS_EXPORTER: 'otlp,console' }
    const args = [...RUN, '--endpoint', 'http://127.0.0.1:9', '--log-level', 'warn']
    const { code, stderr } = await withFullStdout(args, env, UNWRITABLE)
    const messages = stderr
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg)
    expect([code, messages.filter((message) => message === UNWRITABLE)]).toEqual([0, [UNWRITABLE]])
  })

  test('top gives the terminal back when its session ends (SIGHUP)', async () => {
    const command = `echo "pid $$"; exec "${process.execPath}" "${BIN}" top ${OFTEN.join(' ')}`
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: ENV, stdio: ['pipe', 'pipe', 'ignore'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let screen = ''
    let isHungUp = false
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      screen += part
      if (isHungUp || !screen.includes('q to quit')) return
      isHungUp = true
      process.kill(Number(/pid (\d+)/.exec(screen)?.[1]), 'SIGHUP')
    })
    await once(child, 'close')
    expect(screen.endsWith('\u001B[?25h\u001B[?7h\u001B[?1049l'), JSON.stringify(screen.slice(-200))).toBe(true)
  })
})
