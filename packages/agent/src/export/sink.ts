// Where the points go: to a collector, or to the console when there is none.
import type { MetricPoints } from '@ena-otel/metrics/src/points/points.ts'

export interface Sink {
  /**
   * Never fails: what can't be delivered waits, and is counted and logged.
   *
   * @param isEarly only some series, between two exports
   */
  readonly take: (metrics: readonly MetricPoints[], isEarly?: boolean) => void | Promise<void>
  /** Fulfilled when what could be delivered is. Never rejects. */
  readonly close: () => Promise<void>
}
