// `ena-otel run` with OTEL_SDK_DISABLED=true. The specification asks for an SDK that does nothing. Kubernetes would restart a process
// that exits, so it stays, healthy and idle, until it is stopped.
import type { LoadedConfig } from '../config/load.ts'
import { serveHealth } from '../health.ts'
import type { Log } from '@ena-otel/metrics'

/**
 * Answers health checks until `stopped` is fulfilled. Reads and exports nothing.
 *
 * @throws Error with one line when the health port can't be used
 */
export async function runDisabled({ config }: LoadedConfig, log: Log, stopped: Promise<unknown>): Promise<void> {
  log.info({}, 'OTEL_SDK_DISABLED is true: nothing is read or exported')
  const idle = (): undefined => undefined
  const health =
    config.healthPort === undefined ? undefined : await serveHealth(config.healthPort, { livez: idle, readyz: idle })
  const awake = setInterval(() => {}, 2 ** 31 - 1) // a pending signal does not keep a process alive
  await stopped
  clearInterval(awake)
  await health?.close()
}
