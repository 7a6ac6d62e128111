// What the agent counts of itself: plain numbers, so that counting costs nothing in the sweep.
import type { DiscardReason } from './guard.ts'

export type ReaderName = 'interfaces' | 'statistics' | 'ethtool' | 'conntrack'

export interface Counts {
  sweeps: number
  /** Time spent in sweeps, milliseconds. */
  sweepMs: number
  /** When the last sweep began, milliseconds since the epoch; 0 before the first. */
  lastSweepTime: number
  /** How far apart samples are now: longer than configured where reading is slow (pace.ts). */
  sampleIntervalMs: number
  /** The longest that they were apart since the export before, or are now. */
  longestIntervalMs: number
  readonly reads: Record<ReaderName, number>
  readonly failures: Record<ReaderName, number>
  /** `down`: once for each time that an interface went down, though all reads until it is up again are thrown out. */
  readonly discarded: Record<DiscardReason | 'down', number>
  /** Requests that the collector took. */
  exports: number
  /** Requests that failed or were refused, each attempt. */
  exportFailures: number
  /** Requests that came after one that had failed. */
  exportRetries: number
  /** Points that the collector refused for good. */
  rejectedPoints: number
  /** Points left out of old exports to make room, totals being kept. */
  thinnedPoints: number
  /** Points that were never sent. */
  readonly droppedPoints: Record<'age' | 'size', number>
}

export function createCounts(): Counts {
  return {
    sweeps: 0,
    sweepMs: 0,
    lastSweepTime: 0,
    sampleIntervalMs: 0,
    longestIntervalMs: 0,
    reads: { interfaces: 0, statistics: 0, ethtool: 0, conntrack: 0 },
    failures: { interfaces: 0, statistics: 0, ethtool: 0, conntrack: 0 },
    discarded: { all_zero: 0, absurd: 0, unanswered: 0, down: 0 },
    exports: 0,
    exportFailures: 0,
    exportRetries: 0,
    rejectedPoints: 0,
    thinnedPoints: 0,
    droppedPoints: { age: 0, size: 0 },
  }
}
