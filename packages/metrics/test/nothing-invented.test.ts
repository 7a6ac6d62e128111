// Random sequences of what happens to a node, its driver and the agent. The increase in a store never exceeds what was truly counted.
// It equals that, except for what was counted while nothing could be read.
import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'

import { checkSequences, SEQUENCES } from '../../../test/sequences/check.ts'
import { idOf, increase, ofBoth, ROWS } from './model/increase.ts'
import { ALLOWANCES, KEYS, type Rise } from './model/kernel.ts'
import { play, type Run } from './model/play.ts'
import { driver, step } from './model/steps.ts'

vi.mock('node:fs', async (importOriginal) => (await import('./model/node-fs.ts')).withModel(await importOriginal()))

function always(hasIds: boolean, holds: (run: Run) => void): void {
  checkSequences(
    fc.property(
      driver,
      fc.constantFrom('cumulative', 'delta'),
      fc.constantFrom('changes', 'full'),
      fc.array(step, { maxLength: 40, size: 'max' }),
      (kind, temporality, detail, steps) => holds(play(kind, { temporality, detail, hasIds }, steps)),
    ),
  )
}

test('the increase in a store never exceeds the truth, and is no less than what was read', SEQUENCES, () => {
  always(true, ({ enis, store, accepted }) => {
    for (const one of enis)
      for (const key of KEYS) {
        const expected = accepted.get(`${one.mac} ${key}`)?.at(-1)?.expected ?? 0
        expect(increase(one, key, store), `${key} was lost`).toBeGreaterThanOrEqual(expected)
      }
    expect(store.refused).toEqual([])
  })
})

test(
  'interfaces without an id may have the names of others: nothing is invented, and no point goes back',
  SEQUENCES,
  () => {
    always(false, ({ store }) => {
      expect(store.refused).toEqual([])
    })
  },
)

test('no peak is higher than the highest rate of any second or more', SEQUENCES, () => {
  always(true, ({ enis, peaks, history }) => {
    // A repeat that the driver doesn't count is taken for a quiet second, and the next one for two.
    if (history.hasUncountedRepeat) return
    for (const one of enis)
      for (const key of KEYS) {
        const peak = peaks.get(`${idOf(one.mac)} ${key}`) ?? 0
        expect(peak, key).toBeLessThanOrEqual(highestRate(one.truth[key].rises) * (1 + 1e-9))
      }
  })
})

test('no more seconds are counted as throttled than there were with a rise in them', SEQUENCES, () => {
  always(true, ({ enis, store, history }) => {
    for (const one of enis)
      for (const key of ALLOWANCES) {
        const { throttled, attributes } = ROWS.get(key)!
        const seconds = ofBoth(one, (id) => store.increase(throttled!, { ...attributes, 'ena.eni.id': id }))
        expect(seconds, key).toBeLessThanOrEqual(mostSeconds(one.truth[key].rises) + history.timesSetForward)
      }
  })
})

/** A second, with what rises at its very ends. */
function highestRate(all: readonly Rise[]): number {
  let highest = 0
  for (let i = 0; i < all.length; i++) {
    let sum = 0
    for (let j = i; j < all.length; j++) {
      sum += all[j]!.count
      highest = Math.max(highest, sum / Math.max(1, (all[j]!.time - all[i]!.time) / 1000))
    }
  }
  return highest
}

/** How many seconds in a row may each hold a rise: of three, the middle one lies between a rise in the first and one in the third. */
function mostSeconds(all: readonly Rise[]): number {
  const chosen: number[] = []
  for (const { time } of all) {
    if (time === chosen.at(-1)) continue
    if (chosen.length < 2 || time - chosen.at(-2)! >= SHORTEST_SECOND_MS) chosen.push(time)
  }
  return chosen.length
}

/** Samples come a little early or late. */
const SHORTEST_SECOND_MS = 900
