// What the sweep counts of itself: plain numbers, so that counting costs nothing. They are exported, and decide nothing.
import type { CounterSource } from '../table.ts'
import type { DiscardReason } from './guard.ts'

/** What is read: the list of interfaces, and the sources of counters. */
export type ReaderName = 'interfaces' | CounterSource

export interface Counts {
  sweeps: number
  /** Time spent in sweeps, milliseconds. */
  sweepMs: number
  readonly reads: Record<ReaderName, number>
  readonly failures: Record<ReaderName, number>
  /** `down`: once for each time that an interface went down, though all reads until it is up again are discarded. */
  readonly discarded: Record<DiscardReason | 'down', number>
}

export function createCounts(): Counts {
  return {
    sweeps: 0,
    sweepMs: 0,
    reads: { interfaces: 0, statistics: 0, ethtool: 0, conntrack: 0 },
    failures: { interfaces: 0, statistics: 0, ethtool: 0, conntrack: 0 },
    discarded: { all_zero: 0, implausible: 0, unanswered: 0, down: 0 },
  }
}
