// In a guest: the real agent, looked at when a scenario says so, with all that it has exported since.
import { recordingLog } from '../harness/recording-log.ts'
import { realNode } from '../harness/real-node.ts'
import type { Counts } from '../../packages/metrics/src/sampling/counts.ts'
import { type Counter, COUNTERS, otherEthtoolStatistic, otherStatistic } from '../../packages/metrics/src/table.ts'
import type { Point } from '../../packages/metrics/src/points/points.ts'

export interface Observer extends Disposable {
  /** One sweep and one export. */
  readonly look: () => Look
  /** What was exported of a counter of the kernel, in the order of time. */
  readonly points: (name: string, from: Counter['from'], key: string) => readonly Point[]
  /** By how much a store would say that the counter rose since the first look. */
  readonly increase: (name: string, from: Counter['from'], key: string) => number
  readonly counts: Counts
  /** Names of the interfaces that are read. */
  readonly interfaces: () => readonly string[]
  /** The driver's statistics as packages/ethtool reads them. */
  readonly statistics: (name: string) => ReadonlyMap<string, bigint>
  /** What the agent has logged. */
  readonly lines: readonly string[]
}

/** When the sweep began and ended, milliseconds since the epoch. */
export interface Look {
  readonly beganMs: number
  readonly endedMs: number
}

/** @param flags as on the command line; none of them selects an interface by default */
export function openObserver(flags: Readonly<Record<string, unknown>> = {}): Observer {
  const log = recordingLog()
  const node = realNode(flags, log)
  const exported = new Map<string, Point[]>()
  const points: Observer['points'] = (name, from, key) => {
    const { metric, attributes } = rowOf(from, key)
    return exported.get(seriesName(metric, { 'network.interface.name': name, ...attributes })) ?? []
  }
  return {
    counts: node.counts,
    lines: log.lines,
    points,
    interfaces: () => node.sweep.attachments().map((attachment) => attachment.interface.name),
    statistics: (name) => node.ethtool.statistics(name) ?? new Map(),
    increase: (name, from, key) => increaseOf(points(name, from, key)),
    look: () => {
      const beganMs = Date.now()
      node.sweep.run('all')
      const endedMs = Date.now()
      for (const { metric, points: found } of node.points('all')) {
        for (const point of found) {
          const series = seriesName(metric.name, point.attributes)
          exported.set(series, [...(exported.get(series) ?? []), point])
        }
      }
      return { beganMs, endedMs }
    },
    [Symbol.dispose]: () => node[Symbol.dispose](),
  }
}

function rowOf(from: Counter['from'], key: string): Counter {
  const other = from === 'ethtool' ? otherEthtoolStatistic : otherStatistic
  return COUNTERS.find((row) => row.from === from && row.key === key) ?? other(key)
}

function seriesName(metric: string, attributes: Readonly<Record<string, string>>): string {
  return JSON.stringify([metric, ...Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))])
}

/** As OpenTelemetry defines it: a new start time means that it counted from 0 since then. */
function increaseOf(points: readonly Point[]): number {
  return points.slice(1).reduce((sum, { value, startTime }, i) => {
    const before = points[i]!
    return sum + (startTime === before.startTime ? value - before.value : value)
  }, 0)
}
