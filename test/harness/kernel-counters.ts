// What the kernel says of this machine's interfaces, read the plain way: the yardstick for the agent.
import { readdirSync, readFileSync } from 'node:fs'

import { COUNTERS, otherStatistic } from '../../packages/metrics/src/table.ts'
import type { FlatPoint } from './points.ts'

/** Every statistics file of an interface, by the metric and the attributes the agent reports it as. */
export function statisticsNow(name: string): ReadonlyMap<string, bigint> {
  const folder = `/sys/class/net/${name}/statistics`
  return new Map(
    readdirSync(folder).map((key) => {
      const row =
        COUNTERS.find((counter) => counter.from === 'statistics' && counter.key === key) ?? otherStatistic(key)
      return [
        seriesName(row.metric, { 'network.interface.name': name, ...row.attributes }),
        BigInt(readFileSync(`${folder}/${key}`, 'latin1').trim()),
      ]
    }),
  )
}

/** One text for a series. */
function seriesName(metric: string, attributes: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `${metric} ${JSON.stringify(sorted)}`
}

/**
 * What is wrong with the points: a series that the kernel has and they lack, or a value that the counter can't have had between
 * the two readings. Empty when they are equal to what the kernel said at that moment.
 */
export function differences(
  points: readonly FlatPoint[],
  before: ReadonlyMap<string, bigint>,
  after: ReadonlyMap<string, bigint>,
): string[] {
  const ofInterfaces = points.filter(
    ({ attributes, startMs }) => 'network.interface.name' in attributes && startMs !== undefined,
  )
  const last = new Map(
    ofInterfaces.map(({ metric, attributes, value }) => [seriesName(metric, attributes), BigInt(value)]),
  )
  return [...before].flatMap(([series, low]) => {
    const high = after.get(series)!
    const value = last.get(series)
    if (value === undefined) return [`${series} is missing`]
    return value < low || value > high ? [`${series} is ${value}, the kernel said ${low} before and ${high} after`] : []
  })
}

/** Physical interfaces of this machine, by the kernel's own word. */
export function physicalInterfaces(): readonly string[] {
  return readdirSync('/sys/class/net').filter((name) => {
    try {
      return readdirSync(`/sys/class/net/${name}/device`).length > 0
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
  })
}

/** Boot time in milliseconds. Source: /proc/stat, btime. */
export function bootTimeMs(): number {
  return Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))![1]) * 1000
}
