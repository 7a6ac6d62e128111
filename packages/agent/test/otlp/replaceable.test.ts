// Our serializer and our transport have the shape of OpenTelemetry's: each is replaced in one line, and a real collector gets the same.
import {
  CompressionAlgorithm,
  createOtlpNetworkExportDelegate,
  type IExporterTransport,
  type IOtlpExportDelegate,
} from '@opentelemetry/otlp-exporter-base'
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
  createOtlpHttpExporterMetrics,
} from '@opentelemetry/otlp-exporter-base/node-http'
import { MetricsExporterMetricsHelper, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { beforeAll, expect, test } from 'vitest'

import { collector } from '../../../../test/harness/otelcol.ts'
import { otelcol } from '../../../../test/tools/otelcol.ts'
import { metricsSerializer } from '../../src/otlp/metrics-serializer.ts'
import { counter, gauge, resourceMetrics } from './metrics.ts'
import { open } from './open-transport.ts'

beforeAll(otelcol) // the first time, that takes longer than a test may

const DATA = resourceMetrics(counter('ena.allowance.exceeded', 7, 2 ** 53), gauge('ena.allowance.exceeded.peak', 0.5))

type Serializer = typeof metricsSerializer

/** OpenTelemetry's exporter around a transport. */
function delegate(serializer: Serializer, transport: IExporterTransport): IOtlpExportDelegate<ResourceMetrics> {
  const metrics = createOtlpHttpExporterMetrics('test', MetricsExporterMetricsHelper, undefined, undefined)
  const options = { timeoutMillis: 5_000, concurrencyLimit: 1, compression: CompressionAlgorithm.NONE }
  return createOtlpNetworkExportDelegate(options, serializer, metrics, transport)
}

/** OpenTelemetry's exporter with its own HTTP transport. */
function stockDelegate(serializer: Serializer, url: string): IOtlpExportDelegate<ResourceMetrics> {
  const headers = { 'content-type': 'application/x-protobuf' }
  const options = convertLegacyHttpOptions({ url }, 'METRICS', 'v1/metrics', headers)
  return createOtlpHttpExportDelegate(options, serializer, 'test', MetricsExporterMetricsHelper, undefined)
}

test('our serializer and transports and OpenTelemetry’s send the same points, in every combination', async () => {
  await using running = await collector()
  const http = { protocol: 'http/protobuf', endpoint: `http://${running.httpEndpoint}` } as const
  const ours = [await open({ endpoint: `http://${running.grpcEndpoint}` }), await open(http)]
  const delegates = [metricsSerializer, ProtobufMetricsSerializer].flatMap((serializer) => [
    ...ours.map((transport) => delegate(serializer, transport)),
    stockDelegate(serializer, `${http.endpoint}/v1/metrics`),
  ])
  for (const each of delegates) {
    const result = await new Promise((resolve) => each.export(DATA, resolve))
    expect(result).toEqual({ code: 0 })
  }
  const received = await running.receivedWhen(({ length }) => length >= delegates.length)
  for (const each of delegates) await each.shutdown()
  expect(received).toHaveLength(delegates.length)
  expect(received[0]?.resourceMetrics[0]?.scopeMetrics[0]?.metrics).toMatchObject([
    { sum: { dataPoints: [{ asInt: '7' }, { asInt: '9007199254740992' }] } },
    { gauge: { dataPoints: [{ asDouble: 0.5 }] } },
  ])
  for (const request of received) expect(request).toEqual(received[0])
})
