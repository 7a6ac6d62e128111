// A node whose kernel and time a test sets: the real sampling and points, over a folder in place of sysfs, statistics in place of the
// ENA driver's, and a clock that the test moves. What tests know of the inner parts of packages/metrics is here.
import { join } from 'node:path'

import { createSelection } from '../../packages/metrics/src/interfaces/selection.ts'
import { watchInterfaces } from '../../packages/metrics/src/interfaces/watch.ts'
import { createNodePoints, type NodePointsParts } from '../../packages/metrics/src/node-points.ts'
import { type MonotonicClock, monotonicClock } from '../../packages/metrics/src/sampling/clock.ts'
import { type Counts, createCounts } from '../../packages/metrics/src/sampling/counts.ts'
import { createSweep, type Sweep } from '../../packages/metrics/src/sampling/sweep.ts'
import { createEnaDriver, type EnaDriver } from '../../packages/metrics/test/ena-driver.ts'
import { type Machine, machine } from '../../packages/metrics/test/interfaces/machine.ts'
import { recordingLog, type RecordingLog } from './recording-log.ts'

export interface SimulatedNode {
  /** Its sysfs, which goes with the test, with procfs in `proc`. */
  readonly machine: Machine
  readonly procfs: string
  readonly driver: EnaDriver
  readonly clock: MonotonicClock
  readonly counts: Counts
  readonly log: RecordingLog
  readonly sweep: Sweep
  /** A function that returns the points since its last call. */
  readonly points: (options: SimulatedPointsOptions) => ReturnType<typeof createNodePoints>
}

export type SimulatedPointsOptions = Pick<NodePointsParts, 'temporality' | 'compat'> &
  Partial<Pick<NodePointsParts, 'ethtool' | 'eniId' | 'instanceId'>>

export interface SimulatedNodeOptions {
  /** What time it is, milliseconds since the epoch. */
  readonly now: () => number
  /** Milliseconds on a clock that never jumps; by default `now`. */
  readonly steady?: () => number
  /** Milliseconds since the epoch; 0 by default. */
  readonly bootTime?: number
  /** What is kept of busy counters; by default `changes`. */
  readonly detail?: 'changes' | 'full'
}

/** It has no interface yet: `machine.add` and `driver.interfaces` give it some. */
export function simulatedNode({ now, steady = now, bootTime = 0, detail }: SimulatedNodeOptions): SimulatedNode {
  const node = machine()
  const driver = createEnaDriver()
  const clock = monotonicClock({ now, steady })
  const counts = createCounts()
  const log = recordingLog()
  const procfs = join(node.sysfs, 'proc')
  const sweep = createSweep({
    ethtool: driver.ethtool,
    watch: watchInterfaces(node.sysfs, createSelection({ include: [], exclude: [], driver: [] })),
    sysfs: node.sysfs,
    procfs,
    statistics: undefined,
    ...(detail && { detail }),
    bootTime,
    clock,
    counts,
    log,
  })
  return {
    machine: node,
    procfs,
    driver,
    clock,
    counts,
    log,
    sweep,
    points: (options) => {
      const unknown = (): undefined => undefined
      const parts = { sweep, counts, log, clock, ethtool: driver.ethtool, sysfs: node.sysfs }
      return createNodePoints({ ...parts, eniId: unknown, instanceId: unknown, ...options })
    },
  }
}
