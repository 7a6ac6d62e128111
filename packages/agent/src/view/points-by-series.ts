// The points of a collection by interface, and there by series.
import type { Attributes, MetricPoints, Point } from './metric-points.ts'

export interface SeriesPoints {
  readonly metric: MetricPoints['metric']
  /** What distinguishes it from the other series of its metric and interface. */
  readonly attributes: Attributes
  /** In order of time, none twice. */
  readonly points: Point[]
}

/** Series by `seriesKey`. */
export type SeriesByKey = ReadonlyMap<string, SeriesPoints>

const INTERFACE = 'network.interface.name'
const ENI = 'ena.eni.id'

/** The name of the node's own group: series that belong to no interface. */
export const NODE = ''

/** The series of each interface by its name, and those of the node under `NODE`. */
export function pointsByInterface(metrics: readonly MetricPoints[]): ReadonlyMap<string, SeriesByKey> {
  const groups = new Map<string, Map<string, SeriesPoints>>()
  for (const { metric, points } of metrics) {
    for (const point of points) {
      const { [INTERFACE]: name = NODE, [ENI]: _eni, ...attributes } = point.attributes
      let group = groups.get(name)
      if (!group) groups.set(name, (group = new Map()))
      const key = seriesKey(metric.name, ...Object.values(attributes))
      const known = group.get(key)
      if (!known) group.set(key, { metric, attributes, points: [point] })
      // When the ENI id becomes known, the last point is repeated under the new attributes.
      else if (point.time > known.points.at(-1)!.time) known.points.push(point)
    }
  }
  return groups
}

/** `system.network.io receive` */
export function seriesKey(metric: string, ...attributeValues: readonly string[]): string {
  return [metric, ...attributeValues].join(' ')
}
