// Where the points go: to a collector, or to the console when there is none.
import type { MetricPoints } from './metrics/points.ts'

export interface Sink {
  /** Never rejects: what can't be delivered is counted and logged. */
  readonly take: (metrics: readonly MetricPoints[]) => Promise<void>
  readonly close: () => Promise<void>
}
