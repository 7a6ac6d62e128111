// The real collector, the same binary for pushes and for scrapes, with a configuration of the benchmark.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Child, child } from './child.ts'

/** Starts it. @param program path of otelcol */
export async function collectorProcess(program: string, config: object): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-bench-collector-'))
  const file = join(folder, 'collector.json') // JSON is YAML
  writeFileSync(file, JSON.stringify(config))
  try {
    return await child([program, '--config', file], { ready: /Everything is ready/ })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A receiver that pushes come to, on a port of the loopback. */
export function otlpReceiver(port: number): object {
  return { protocols: { grpc: { endpoint: `127.0.0.1:${port}` } } }
}

/** A receiver that scrapes, as Prometheus does: it is Prometheus' own scraper. */
export function scrapeReceiver(targets: readonly string[], interval: string): object {
  return {
    config: {
      scrape_configs: [
        {
          job_name: 'node',
          scrape_interval: interval,
          scrape_timeout: interval,
          static_configs: [{ targets }],
        },
      ],
    },
  }
}
