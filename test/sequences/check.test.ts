import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { checkSequences } from './check.ts'
import { readSetting, type Setting } from './setting.ts'

const short = fc.property(fc.array(fc.nat()), (numbers) => numbers.length < 3)

test('a failure names the seed, the shortest sequence, and a command that runs only that one', () => {
  const message = failureOf({ runs: 100, seed: 7 })
  expect(message).toContain('seed: 7')
  expect(message).toContain('Counterexample: [[0,0,0]]')
  const [, setting, filter] = /^Reproduce: ENA_OTEL_SEQUENCES=(\S+) npx pnpm@12 test (.*)$/m.exec(message) ?? []
  expect(filter).toBe(
    "test/sequences/check.test.ts -t 'a failure names the seed, the shortest sequence, and a command that runs only that one'",
  )
  expect(readSetting(setting)).toMatchObject({ runs: 1, seed: 7 })
  expect(failureOf(readSetting(setting))).toContain('Counterexample: [[0,0,0]]\nShrunk 0 time(s)')
})

test('a seed always gives the same sequences', () => {
  const sequencesOf = (seed: number): readonly unknown[] => {
    const all: unknown[] = []
    checkSequences(
      fc.property(fc.array(fc.nat()), (numbers) => void all.push(numbers)),
      { runs: 50, seed },
    )
    return all
  }
  expect(sequencesOf(7)).toEqual(sequencesOf(7))
  expect(sequencesOf(7)).toHaveLength(50)
  expect(sequencesOf(7)).not.toEqual(sequencesOf(8))
})

function failureOf(setting: Setting): string {
  try {
    checkSequences(short, setting)
  } catch (error) {
    return String(error)
  }
  throw new Error('the property held')
}
