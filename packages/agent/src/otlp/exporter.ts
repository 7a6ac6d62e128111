// Pushes over the configured protocol, each time with a connection that works or a new one.
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

import { connect, type Connection, type ConnectionOptions } from './connection.ts'
import { doubtAddress, rememberAddress } from './addresses.ts'
import { grpcUrl, hostOf, isPlaintext, metricsUrl } from './endpoint.ts'
import { type PartialSuccess, watchPartialSuccess } from './partial-success.ts'

export interface Exporter {
  /** Where it pushes to, as it is shown to people. */
  readonly target: string
  /**
   * What the collector said when it took only a part, or had a warning: nothing of it is to be sent again. `undefined` when it took all.
   *
   * @throws Error when the collector did not take it; gRPC's status is in `code`
   */
  readonly export: (metrics: ResourceMetrics) => Promise<PartialSuccess | undefined>
  readonly close: () => Promise<void>
}

/**
 * After a failure the next export begins with a new connection: gRPC would wait up to two minutes before it tries the old one again,
 * a renewed certificate is read, and DNS is asked whether the collector has moved.
 *
 * @param isWholeUrl nothing is to be added to the endpoint's path (it is from OTEL_EXPORTER_OTLP_METRICS_ENDPOINT)
 * @throws Error with `code`, `path` when a certificate or key can't be read; TypeError without an endpoint
 */
export function createExporter(options: ConnectionOptions, isWholeUrl: boolean): Exporter {
  const { endpoint } = options
  if (endpoint === undefined) throw new TypeError('an exporter needs an endpoint')
  const target =
    options.protocol === 'grpc' ? grpcUrl(endpoint, isPlaintext(options)) : metricsUrl(endpoint, isWholeUrl)
  const host = hostOf(endpoint)
  if (options.collectorAddress !== undefined) rememberAddress(host, options.collectorAddress)
  let connection: Connection | undefined = connect(options, target)
  let partial: PartialSuccess | undefined
  const watch = watchPartialSuccess((heard) => {
    partial = heard
  })

  const send = (metrics: ResourceMetrics): Promise<void> =>
    new Promise((resolve, reject) => {
      connection ??= connect(options, target)
      connection.exporter.export(metrics, ({ code, error }: ExportResult) => {
        if (code === ExportResultCode.SUCCESS) resolve()
        else reject(error ?? new Error('the export failed without a reason'))
      })
    })
  return {
    target: target.replace(/\/\/[^/@]*@/, '//'), // a password is not for people
    close: async () => {
      await connection?.close()
      watch.close()
    },
    export: async (metrics) => {
      partial = undefined
      try {
        await send(metrics)
        return partial
      } catch (error) {
        const failed = connection
        connection = undefined
        doubtAddress(host)
        await failed?.close()
        throw error
      }
    },
  }
}
