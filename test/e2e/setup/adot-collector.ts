// The collector of the pipeline, as the chart renders it: a sidecar, as that listens on the loopback alone. It can be stopped and
// started again, and has the same ports then.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Amp } from '../../amp/amp.ts'
import { ampOf, collectorPorts, renderedCollector, startCollector } from '../../chart/rendered-collector.ts'

export interface AdotCollector extends AsyncDisposable {
  /** `http://127.0.0.1:41939`: OTLP over gRPC. */
  readonly grpcEndpoint: string
  /** OTLP over HTTP. */
  readonly httpEndpoint: string
  /** All that it has logged since it was started last; JSON, a line each. */
  readonly log: () => string
  /** Ends it as Kubernetes does, by SIGTERM. */
  readonly stop: () => Promise<void>
  /** Ends it as when it takes more memory than it may, by SIGKILL. */
  readonly kill: () => Promise<void>
  /** Starts it again, on the same ports and with the same volume for a write-ahead log. */
  readonly start: () => Promise<void>
}

/** So that a test needn't wait for it. */
const IN_A_HURRY = { batch: { timeout: '200ms' } }

/**
 * Starts it; it is ready when this resolves.
 *
 * @param config changes to its configuration: the chart's `collector.config`
 * @param values others of the chart's `collector`
 */
export async function adotCollector(
  workspace: Amp,
  config: object = {},
  values: object = IN_A_HURRY,
): Promise<AdotCollector> {
  const ports = await collectorPorts()
  const rendered = await renderedCollector({
    clusterName: 'blue',
    amp: ampOf(workspace),
    collector: { mode: 'sidecar', ports, config, ...values },
  })
  const wal = mkdtempSync(join(tmpdir(), 'ena-otel-wal-'))
  let server = await startCollector(rendered, workspace.env, { '/var/lib/otelcol': wal })
  return {
    grpcEndpoint: `http://127.0.0.1:${ports.grpc}`,
    httpEndpoint: `http://127.0.0.1:${ports.http}`,
    log: () => server.log(),
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: async () => {
      server = await startCollector(rendered, workspace.env, { '/var/lib/otelcol': wal })
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      rmSync(wal, { recursive: true })
    },
  }
}
