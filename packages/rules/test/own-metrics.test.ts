import { expect, it } from 'vitest'

import { createCounts } from '../../agent/src/counts.ts'
import { createOwnMetrics } from '../../agent/src/own-metrics.ts'
import { OWN_METRICS } from '../src/own-metrics.ts'

/** AggregationTemporality.CUMULATIVE of @opentelemetry/sdk-metrics, and its DataPointType.SUM. */
const CUMULATIVE = 1 as Parameters<typeof createOwnMetrics>[3]
const SUM: number = 3

it("the table of the agent's own metrics is what the agent sends", async () => {
  const own = createOwnMetrics(createCounts(), () => 2, '0.0.0', CUMULATIVE)
  const sent = (await own.collect()).flatMap(({ metrics }) =>
    metrics.map(({ descriptor: { name, unit }, dataPointType }) => ({
      name,
      kind: (dataPointType as number) === SUM ? 'counter' : 'gauge',
      unit,
    })),
  )
  await own.close()
  expect(sent).toEqual(OWN_METRICS)
})
