// What can happen to a node in a sequence: a table of the kinds of steps, and how often each is chosen.
import * as fc from 'fast-check'

import type { Coverage } from '../../src/readers/block.ts'
import { type Driver, type Key, KEYS } from './kernel.ts'

/** A rise of a counter. */
export interface Counted {
  readonly eni: number
  readonly key: Key
  readonly count: number
  /** When, as a part of the time that passes: 0 to 1. */
  readonly at: number
}

/** Attached at a time. */
export const ENIS = 2
const eni = fc.nat({ max: ENIS - 1 })
const key = fc.constantFrom(...KEYS)
const count = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5000 }))
const at = fc.double({ min: 0, max: 1, noNaN: true })
const rises = fc.array(fc.record({ eni, key, count, at }), { maxLength: 4 })
/** Rises of the first ENI during a slow read. */
const meanwhile = fc.array(
  fc.record({ eni: fc.constant(0), key: fc.constantFrom<Key>('rx_packets', 'tx_bytes'), count, at }),
  { minLength: 3, maxLength: 6 },
)
const aboutOneSecond = fc.integer({ min: 980, max: 1020 })
const isMeanwhile = fc.boolean()

/** The fields of each kind of step. */
const STEPS = {
  tick: {
    ms: fc.oneof(aboutOneSecond, fc.constantFrom(100, 475, 1000), fc.integer({ min: 100, max: 40_000 })),
    rises,
    coverage: fc.constantFrom<Coverage>('sampled', 'all'),
  },
  /** Samples in quick succession, with a rise of one counter before each. */
  burst: {
    eni,
    key,
    counts: fc.array(count, { minLength: 3, maxLength: 12 }),
    ms: fc.constantFrom(100, 317, 475, 990, 1000, 1010),
  },
  export: {},
  fail: { eni, times: fc.integer({ min: 1, max: 3 }), isCounted: fc.boolean() },
  reset: { eni },
  'reset ends': { eni, isMeanwhile },
  down: { eni },
  up: { eni },
  attach: { eni },
  detach: { eni },
  replace: { eni, isMeanwhile },
  move: { eni },
  rename: { eni, isBack: fc.boolean() },
  'take name': { eni },
  swap: { isMeanwhile },
  suspend: { eni },
  resume: { eni },
  queues: { eni },
  refuse: { eni },
  identify: { eni },
  'set clock': { ms: fc.integer({ min: -600_000, max: 3_600_000 }) },
  sleep: { ms: fc.integer({ min: 1000, max: 3_600_000 }), rises },
  'slow read': { ms: fc.integer({ min: 100, max: 3000 }), rises: fc.oneof(rises, meanwhile) },
  restart: { isKilled: fc.boolean(), ms: fc.integer({ min: 100, max: 60_000 }), rises },
}
export type Kind = keyof typeof STEPS
export type StepOf<K extends Kind> = { readonly kind: K } & {
  readonly [F in keyof (typeof STEPS)[K]]: (typeof STEPS)[K][F] extends fc.Arbitrary<infer Value> ? Value : never
}
export type Step = { [K in Kind]: StepOf<K> }[Kind]

/** How often a kind is chosen. Default: 1. */
const WEIGHTS: Partial<Record<string, number>> = {
  tick: 12,
  burst: 4,
  export: 4,
  fail: 3,
  attach: 2,
  replace: 2,
  'slow read': 2,
  restart: 2,
}
/** One step of a sequence. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  ...Object.entries(STEPS).map(([kind, fields]) => ({
    weight: WEIGHTS[kind] ?? 1,
    arbitrary: fc.record({ kind: fc.constant(kind), ...fields }),
  })),
) as unknown as fc.Arbitrary<Step>

/** A driver: every combination of what ENA's versions do. */
export const driver: fc.Arbitrary<Driver> = fc.record({
  habit: fc.constantFrom('zero', 'cached', 'garbage'),
  countsResets: fc.boolean(),
  keepsTraffic: fc.boolean(),
  resetClears: fc.boolean(),
  upClears: fc.boolean(),
})
