// Transports that a test opens, and one request over them.
import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'
import { onTestFinished } from 'vitest'

import { DEFAULTS } from '../../src/config/options.ts'
import type { Config } from '../../src/config/options.ts'
import { openTransport } from '../../src/otlp/transport.ts'
import { oneRequest } from './metrics.ts'

/** Shut down with the test. */
export async function open(options: Partial<Config>): Promise<IExporterTransport> {
  const { transport } = await openTransport({ ...DEFAULTS, ...options })
  onTestFinished(() => transport.shutdown())
  return transport
}

/** The response to one request over a transport of its own. */
export async function push(options: Partial<Config>, timeoutMillis = 5_000): Promise<ExportResponse> {
  return (await open(options)).send(oneRequest(), timeoutMillis)
}
