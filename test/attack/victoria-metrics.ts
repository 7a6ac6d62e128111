// A real VictoriaMetrics on the loopback, with default settings.
import { join } from 'node:path'

import { serverProcess } from '../amp/server-process.ts'
import { freePort } from '../harness/free-port.ts'
import { victoriaMetrics } from '../tools/victoria-metrics.ts'

export interface RunningVictoriaMetrics extends AsyncDisposable {
  /** `http://127.0.0.1:18939`. */
  readonly url: string
  /** All raw samples. https://docs.victoriametrics.com/victoriametrics/#how-to-export-data-in-json-line-format */
  readonly exported: () => Promise<readonly ExportedSeries[]>
}

export interface ExportedSeries {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly number[]
  /** Milliseconds since the epoch, one of each value. */
  readonly timestamps: readonly number[]
}

/** Starts it on a free port; it is ready when this resolves. Builds it where that has never been done. */
export async function runVictoriaMetrics(): Promise<RunningVictoriaMetrics> {
  const program = await victoriaMetrics()
  const address = `127.0.0.1:${await freePort()}` // with port 0, it does not log which one it got
  const server = await serverProcess({
    name: 'victoria-metrics',
    command: (folder) => [program, `-storageDataPath=${join(folder, 'data')}`, `-httpListenAddr=${address}`],
    ready: (line) => (line.includes('started VictoriaMetrics in') ? `http://${address}` : undefined),
  })
  const url = server.ready
  return {
    url,
    exported: async () => {
      await answerOf(`${url}/internal/force_flush`) // what was stored just now is not visible before
      // The default end is a whole second, after which there may be points.
      const parameters = new URLSearchParams({ 'match[]': '{__name__!=""}', end: String(Date.now() / 1000 + 60) })
      const lines = await answerOf(`${url}/api/v1/export?${parameters.toString()}`)
      return lines
        .trim()
        .split('\n')
        .map((line): ExportedSeries => JSON.parse(line))
    },
    [Symbol.asyncDispose]: server.stop,
  }
}

async function answerOf(url: string): Promise<string> {
  const response = await fetch(url)
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
  return text
}
