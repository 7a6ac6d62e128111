// The counters of this machine, read when a test says so: the real sweep and the real points, without the producer's timer.
import { type Ethtool, openEthtool, watchLinks } from '../../packages/ethtool/src/index.ts'

import { loadConfig } from '../../packages/agent/src/config/load.ts'
import { bootTime } from '../../packages/metrics/src/interfaces/boot-time.ts'
import { createSelection } from '../../packages/metrics/src/interfaces/selection.ts'
import { watchInterfaces } from '../../packages/metrics/src/interfaces/watch.ts'
import type { Log } from '../../packages/metrics/src/log.ts'
import { createNodePoints } from '../../packages/metrics/src/node-points.ts'
import { processClock } from '../../packages/metrics/src/sampling/clock.ts'
import { type Counts, createCounts } from '../../packages/metrics/src/sampling/counts.ts'
import { createSweep, type Sweep } from '../../packages/metrics/src/sampling/sweep.ts'

export interface RealNode extends Disposable {
  readonly sweep: Sweep
  readonly counts: Counts
  readonly ethtool: Ethtool
  /** The points since the last call. */
  readonly points: ReturnType<typeof createNodePoints>
}

/** @param flags as on the command line; without any, the default selection of interfaces */
export function realNode(flags: Readonly<Record<string, unknown>>, log: Log): RealNode {
  const { config } = loadConfig(flags, {})
  const { sysfs, procfs, statistics, detail } = config
  const ethtool = openEthtool()
  const counts = createCounts()
  const links = watchLinks()
  const watch = watchInterfaces(sysfs, createSelection(config), () => links.changed())
  const parts = { ethtool, counts, sysfs, clock: processClock, log }
  const sweep = createSweep({ ...parts, watch, procfs, statistics, detail, bootTime: bootTime(procfs) })
  const unknown = (): undefined => undefined
  const { compat } = config
  return {
    sweep,
    counts,
    ethtool,
    points: createNodePoints({
      ...parts,
      sweep,
      eniId: unknown,
      instanceId: unknown,
      temporality: 'cumulative',
      compat,
    }),
    [Symbol.dispose]: () => {
      sweep.close()
      links.close()
      ethtool.close()
    },
  }
}
