// What a store counted for an ENI, compared with what its device truly counted.
import { expect } from 'vitest'

import { COUNTERS } from '../../src/table.ts'
import { type Eni, type Key, KEYS } from './kernel.ts'
import type { Store } from './store.ts'

/** The counters' rows in the table of metrics. */
export const ROWS: ReadonlyMap<Key, (typeof COUNTERS)[number]> = new Map(
  KEYS.map((key) => [key, COUNTERS.find((row) => row.key === key)!]),
)

/** The ENI's id in the attributes of its points. */
export function idOf(mac: string): string {
  return `eni-${mac.slice(-2)}`
}

/** Stands for "no id yet". */
export function earlyIdOf(mac: string): string {
  return `early-${mac.slice(-2)}`
}

/** The increase of the counter in the store. */
export function increase(one: Eni, key: Key, store: Store): number {
  const { metric, attributes } = ROWS.get(key)!
  return ofBoth(one, (id) => store.increase(metric, { ...attributes, 'ena.eni.id': id }))
}

/** The sum of the series before and after the id was known. */
export function ofBoth({ mac }: Eni, increaseOf: (id: string) => number): number {
  return increaseOf(idOf(mac)) + increaseOf(earlyIdOf(mac))
}

/** Interfaces without ids that had the same name share series: there, only the sum over all ENIs can be compared. */
export function expectNothingInvented(enis: readonly Eni[], store: Store): void {
  for (const key of KEYS) {
    const { metric, attributes } = ROWS.get(key)!
    const total = enis.reduce((sum, { truth }) => sum + truth[key].total, 0)
    expect(store.increase(metric, attributes), `${key} was invented`).toBeLessThanOrEqual(total)
    for (const one of enis)
      expect(increase(one, key, store), `${key} was invented`).toBeLessThanOrEqual(one.truth[key].total)
  }
}
