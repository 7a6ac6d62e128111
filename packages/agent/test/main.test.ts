import { join } from 'node:path'

import koffi from 'koffi'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { jsonSchema } from '../src/config/options.ts'
import { main } from '../src/main.ts'
import { VERSION } from '../src/version.ts'
import { temporaryFolder } from '../../metrics/test/readers/temporary-folder.ts'

let printed: { stdout: string; stderr: string }
beforeEach(() => {
  printed = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text: unknown, ...more: readonly unknown[]) => {
      printed[stream] += String(text)
      const [done] = more
      if (typeof done === 'function') done()
      return true
    })
  }
})
afterEach(() => void vi.restoreAllMocks())

const usage = expect.stringMatching(/^Usage: ena-otel \[options\] \[command\]\n/)

describe('the exit code', () => {
  test.each([
    [['--help'], { stdout: usage, stderr: '' }],
    [
      ['--version'],
      { stdout: `ena-otel ${VERSION} (Node ${process.versions.node}, koffi ${koffi.version})\n`, stderr: '' },
    ],
    [['schema'], { stdout: `${JSON.stringify(jsonSchema(), undefined, 2)}\n`, stderr: '' }],
  ])('of %j is 0', async (args, want) => {
    expect([await main(args, {}), printed]).toEqual([0, want])
  })

  test.each([
    [[], { stdout: '', stderr: usage }],
    [['rum'], { stdout: '', stderr: "ena-otel: unknown command 'rum' (Did you mean run?)\n" }],
    [
      ['once', '--sample-interval', '0s'],
      { stdout: '', stderr: 'ena-otel: --sample-interval: "0s" is outside 100ms to 1m\n' },
    ],
  ])('of %j, which is wrong usage, is 2', async (args, want) => {
    expect([await main(args, {}), printed]).toEqual([2, want])
  })

  test('of a configuration with two mistakes is 2, with a line for each', async () => {
    const path = join(temporaryFolder({ 'a.yaml': 'timeout: 5\nlogLevel: loud\n' }), 'a.yaml')
    expect(await main(['run'], { ENA_OTEL_CONFIG: path })).toBe(2)
    expect(printed.stderr.split('\n')).toEqual([
      `ena-otel: ${path}:1: timeout: 5 is not a duration: write it with its unit, like 500ms, 1s or 2m`,
      `ena-otel: ${path}:2: logLevel: "loud" is not one of debug, info, warn, error, silent`,
      '',
    ])
  })

  test('of a failure is 1, with one line', async () => {
    const procfs = temporaryFolder()
    expect(await main(['once', '--procfs', procfs, '--log-level', 'silent'], {})).toBe(1)
    expect(printed).toEqual({
      stdout: '',
      stderr: `ena-otel: --procfs ${procfs}: its file stat can't be read (ENOENT): name the kernel's procfs\n`,
    })
  })
})
