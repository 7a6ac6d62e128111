// The metadata service answers after the first export: for a store, no series begins again without its last point.
import { beforeAll, expect, it } from 'vitest'

import { DOCUMENT, startImdsServer } from '../../packages/metrics/test/resource/imds-server.ts'
import { startAgent } from '../harness/agent.ts'
import { collector } from '../harness/otelcol.ts'
import { type FlatPoint, flatPoints } from '../harness/points.ts'
import { otelcol } from '../tools/otelcol.ts'

beforeAll(otelcol)

const BYTES = 'system.network.io'

it('a late instance identity loses no increase', { timeout: 60_000 }, async () => {
  const points = await exportedWhile((ms) => ms > 4_000)
  const sent = points.filter(
    ({ metric, attributes }) => metric === BYTES && attributes['network.io.direction'] === 'receive',
  )
  const bySeries = Map.groupBy(sent, ({ resource, attributes }) => JSON.stringify([resource, attributes]))
  const stored = [...bySeries.values()].map((series) => rise(series)).reduce((sum, one) => sum + one, 0)
  expect(stored).toBe(rise(sent))
})

it('an identity that is known before the first export is in the resource', { timeout: 60_000 }, async () => {
  const [point] = await exportedWhile((ms) => ms > 500)
  expect(point!.resource).toMatchObject({ 'cloud.region': DOCUMENT.region, 'host.id': DOCUMENT.instanceId })
})

/**
 * What an agent exports in a dozen requests, which are themselves the traffic of the loopback.
 *
 * @param isAnswering whether IMDS answers as it should, or 500; gets the milliseconds since it was asked first
 */
async function exportedWhile(isAnswering: (ms: number) => boolean): Promise<readonly FlatPoint[]> {
  await using imds = await startImdsServer()
  let firstMs: number | undefined
  imds.treat = () => {
    firstMs ??= performance.now()
    return isAnswering(performance.now() - firstMs) ? 'answer' : 500
  }
  await using target = await collector()
  const options = ['--include', 'lo', '--export-interval', '1s', '--health-port', 'off']
  await using agent = await startAgent([...options, '--endpoint', `http://${target.grpcEndpoint}`], {
    env: {
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url.origin,
      K8S_NODE_NAME: 'late',
    },
  })
  await target.receivedWhen((requests) => requests.length >= 12)
  await agent.stop()
  return flatPoints(target.received())
}

/** From the first to the last, as `increase()` counts it. */
function rise(points: readonly FlatPoint[]): number {
  return points.at(-1)!.value - points[0]!.value
}
