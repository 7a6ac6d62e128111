import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { CommanderError, parseCommandLine, SHELLS, type Typed } from '../src/cli.ts'

import { flagName, isList, meaning, OPTION_NAMES as NAMES, type OptionName } from '../src/config/options.ts'

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

/** The output and the exit code of a command line that runs no command. */
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

describe.each(['run', 'top', 'once', 'validate'] as const)('%s', (command) => {
  const own = command === 'once' ? { format: 'table', forMs: undefined } : {}

  test('without options is the command alone', () => {
    expect(parseCommandLine([command])).toEqual({ command, flags: {}, ...own })
  })

  test.each([...NAMES, 'config' as OptionName])('takes the option %s', (name) => {
    if (name === 'insecure') {
      expect(parseCommandLine([command, '--insecure'])).toEqual({ command, flags: { insecure: true }, ...own })
      return
    }
    const flag = flagName(name)
    const want = { command, flags: { [name]: isList(name) ? ['a,b'] : 'a,b' }, ...own }
    expect([parseCommandLine([command, flag, 'a,b']), parseCommandLine([command, `${flag}=a,b`])]).toEqual([want, want])
  })
})

test('flags of a list add up, of other options the last flag applies; a value may begin with a dash', () => {
  const args = ['--include', 'a,b', '--sample-interval', '1s', '--include', 'c', '--sample-interval', '2s']
  expect(parseCommandLine(['run', ...args, '--statistics=-x'])).toEqual({
    command: 'run',
    flags: { include: ['a,b', 'c'], sampleInterval: '2s', statistics: '-x' },
  })
})

test.each([
  [['--format', 'table'], 'table', undefined],
  [['--format', 'json', '--for', '500ms'], 'json', 500],
  [['--format=otlp-json', '--for=24h'], 'otlp-json', 86_400_000],
])('once %j has a format and a duration', (args, format, forMs) => {
  expect(parseCommandLine(['once', ...args])).toEqual({ command: 'once', flags: {}, format, forMs })
})

test.each<[args: readonly string[], typed: Typed]>([
  ...SHELLS.map((shell): [string[], Typed] => [['completion', shell], { command: 'completion', shell }]),
  [['schema'], { command: 'schema' }],
  ...[['--version'], ['-V'], ['run', '--version']].map((args): [string[], Typed] => [args, { command: 'version' }]),
])('%j is %j', (args, typed) => {
  expect(parseCommandLine(args)).toEqual(typed)
})

describe('help', () => {
  const pages = [[], ['run'], ['once'], ['top'], ['validate'], ['schema'], ['completion']] as const

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

  test('is the same for `help COMMAND` and `COMMAND --help`', () => {
    const byCommand = leave('help', 'run').stdout
    printed.stdout = ''
    expect(leave('run', '--help').stdout).toBe(byCommand)
  })

  test('without a command is wrong usage: on stderr, nothing on stdout', () => {
    const { exitCode, stdout, stderr } = leave()
    expect([exitCode, stdout, stderr.split('\n', 1)]).toEqual([1, '', ['Usage: ena-otel [options] [command]']])
  })
})

test.each<[args: readonly string[], line: string]>([
  [['run', '--inlude', 'x'], "unknown option '--inlude' (Did you mean --include?)"],
  [['run', '--frobnicate'], "unknown option '--frobnicate' (see ena-otel --help)"],
  [['run', '--for', '5s'], "unknown option '--for' (see ena-otel --help)"],
  [['--include', 'x'], "unknown option '--include' (see ena-otel --help)"],
  [['rum'], "unknown command 'rum' (Did you mean run?)"],
  [['start'], "unknown command 'start' (see ena-otel --help)"],
  [['run', 'eth0'], "too many arguments for 'run'. Expected 0 arguments but got 1: eth0. (see ena-otel --help)"],
  [
    ['completion', 'tcsh'],
    "command-argument value 'tcsh' is invalid for argument 'shell'. It is not one of bash, zsh, fish.",
  ],
  [['run', '--include'], "option '--include <name,…>' argument missing"],
  [['run', '--config'], "option '--config <file>' argument missing"],
  [
    ['once', '--format', 'xml'],
    "option '--format <format>' argument 'xml' is invalid. It is not one of table, json, otlp-json.",
  ],
  [
    ['once', '--for', '5'],
    "option '--for <time>' argument '5' is invalid. Write it with its unit, like 500ms, 5s or 2m.",
  ],
  [['once', '--for', '25h'], "option '--for <time>' argument '25h' is invalid. It is outside 1ms to 24h."],
])('%j is wrong usage, with one line', (args, line) => {
  expect(leave(...args)).toEqual({ exitCode: 1, stdout: '', stderr: `ena-otel: ${line}\n` })
})
