import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { CommanderError, parseCommandLine } from '../src/cli.ts'
import { flagName, isList } from '../src/config/load.ts'
import { meaning, type OptionName, OPTIONS } from '../src/config/options.ts'
import { VERSION } from '../src/version.ts'

const NAMES = Object.keys(OPTIONS.shape) as OptionName[]

let printed: { stdout: string; stderr: string }
beforeEach(() => {
  printed = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += String(text)
      return true
    })
  }
})
afterEach(() => void vi.restoreAllMocks())

/** What a command line that isn't run prints, and its exit code. */
function leave(...args: readonly string[]): {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
} {
  try {
    parseCommandLine(args)
  } catch (error) {
    if (error instanceof CommanderError) return { exitCode: error.exitCode, ...printed }
    throw error
  }
  throw new Error(`${args.join(' ')} was understood`)
}

describe.each(['run', 'top', 'once'] as const)('%s', (command) => {
  const own = command === 'once' ? { format: 'table', forMs: undefined } : {}

  test('without options is the command alone', () => {
    expect(parseCommandLine([command])).toEqual({ command, flags: {}, ...own })
  })

  test.each(NAMES)('takes the option %s', (name) => {
    if (name === 'insecure') {
      expect(parseCommandLine([command, '--insecure'])).toEqual({ command, flags: { insecure: true }, ...own })
      return
    }
    const flag = flagName(name)
    const want = { command, flags: { [name]: isList(name) ? ['a,b'] : 'a,b' }, ...own }
    expect([parseCommandLine([command, flag, 'a,b']), parseCommandLine([command, `${flag}=a,b`])]).toEqual([want, want])
  })

  test('takes the file of --config', () => {
    expect(parseCommandLine([command, '--config', 'a.yaml'])).toEqual({ command, flags: { config: 'a.yaml' }, ...own })
  })
})

test('a list grows with each flag, of another option the last flag counts', () => {
  const args = ['--include', 'a,b', '--sample-interval', '1s', '--include', 'c', '--sample-interval', '2s']
  expect(parseCommandLine(['run', ...args])).toEqual({
    command: 'run',
    flags: { include: ['a,b', 'c'], sampleInterval: '2s' },
  })
})

test('a value may begin with a dash or an exclamation mark', () => {
  expect(parseCommandLine(['run', '--driver', '!ena', '--statistics=-x'])).toEqual({
    command: 'run',
    flags: { driver: ['!ena'], statistics: '-x' },
  })
})

test.each([
  [['--format', 'table'], 'table', undefined],
  [['--format', 'json', '--for', '500ms'], 'json', 500],
  [['--format=otlp-json', '--for=24h'], 'otlp-json', 86_400_000],
])('once %j says how and how long', (args, format, forMs) => {
  expect(parseCommandLine(['once', ...args])).toEqual({ command: 'once', flags: {}, format, forMs })
})

test('schema takes nothing', () => {
  expect(parseCommandLine(['schema'])).toEqual({ command: 'schema' })
})

describe('help', () => {
  const pages = [[], ['run'], ['once'], ['top'], ['schema']] as const

  test.each(pages.map((page) => [page.join(' ') || 'of the program', page] as const))('%s', async (_name, page) => {
    const { exitCode, stdout, stderr } = leave(...page, '--help')
    await expect(stdout).toMatchFileSnapshot(`fixtures/help${page.map((word) => `-${word}`).join('')}.txt`)
    expect([exitCode, stderr]).toEqual([0, ''])
  })

  test('fits into 120 columns, and every sentence ends', () => {
    for (const page of pages) leave(...page, '--help')
    const lines = printed.stdout.split('\n')
    expect(lines.filter((line) => line.length > 120)).toEqual([])
    expect(NAMES.filter((name) => !/^[A-Za-z].*\.$/.test(meaning(name)))).toEqual([])
  })

  test('is the same by `help COMMAND` as by `COMMAND --help`', () => {
    const byCommand = leave('help', 'run').stdout
    printed.stdout = ''
    expect(leave('run', '--help').stdout).toBe(byCommand)
  })

  test('without a command is wrong usage: on stderr, nothing on stdout', () => {
    const { exitCode, stdout, stderr } = leave()
    expect([exitCode, stdout, stderr.split('\n', 1)]).toEqual([1, '', ['Usage: ena-otel [options] [command]']])
  })
})

test('--version is the package’s', () => {
  expect(leave('--version')).toEqual({ exitCode: 0, stdout: `${VERSION}\n`, stderr: '' })
})

test.each<[args: readonly string[], line: string]>([
  [['run', '--inlude', 'x'], "unknown option '--inlude' (Did you mean --include?)"],
  [['run', '--frobnicate'], "unknown option '--frobnicate' (see ena-otel --help)"],
  [['run', '--for', '5s'], "unknown option '--for' (see ena-otel --help)"],
  [['--include', 'x'], "unknown option '--include' (see ena-otel --help)"],
  [['rum'], "unknown command 'rum' (Did you mean run?)"],
  [['start'], "unknown command 'start' (see ena-otel --help)"],
  [['run', 'eth0'], "too many arguments for 'run'. Expected 0 arguments but got 1: eth0. (see ena-otel --help)"],
  [['run', '--include'], "option '--include <name,…>' argument missing"],
  [['run', '--config'], "option '--config <file>' argument missing"],
  [
    ['once', '--format', 'xml'],
    "option '--format <format>' argument 'xml' is invalid. It is one of table, json, otlp-json.",
  ],
  [
    ['once', '--for', '5'],
    "option '--for <time>' argument '5' is invalid. Write it with its unit, like 500ms, 5s or 2m.",
  ],
  [['once', '--for', '0s'], "option '--for <time>' argument '0s' is invalid. It goes from 1ms to 24h."],
  [['once', '--for', '25h'], "option '--for <time>' argument '25h' is invalid. It goes from 1ms to 24h."],
])('%j is wrong usage, said in one line', (args, line) => {
  expect(leave(...args)).toEqual({ exitCode: 1, stdout: '', stderr: `ena-otel: ${line}\n` })
})
