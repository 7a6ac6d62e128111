// A real Prometheus on the loopback that accepts remote writes and evaluates rules.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { prometheus } from '../tools/prometheus.ts'
import { outOfOrderWindowMs } from './ingestion.ts'
import { serverProcess, type ServerLog } from './server-process.ts'

export interface PrometheusOptions {
  /** Of rules, as globs; none by default. */
  readonly ruleFiles?: readonly string[]
  /** More rules: the groups that a file of them has at its top. None by default. */
  readonly ruleGroups?: readonly object[]
  /** How often they are evaluated: `30s` by default, the least that AMP allows (facts E). */
  readonly evaluationInterval?: string
  /** Where alerts go, as `127.0.0.1:9093`; nowhere by default. */
  readonly alertmanagers?: readonly string[]
  /** What it scrapes, as in a configuration file; nothing by default. */
  readonly scrapeConfigs?: readonly object[]
  /** Takes OTLP instead of remote writes, and its storage has Prometheus' defaults. */
  readonly isOtlpReceiver?: boolean
}

export interface RunningPrometheus extends ServerLog, AsyncDisposable {
  /** `http://127.0.0.1:41939`. */
  readonly url: string
  stop(): Promise<void>
}

/** Starts Prometheus on a free port; it is ready when this resolves. Builds it where that has never been done. */
export async function runPrometheus(options: PrometheusOptions = {}): Promise<RunningPrometheus> {
  const programs = await prometheus()
  let address = ''
  let isReady = false // the two lines come in either order
  const server = await serverProcess({
    name: 'prometheus',
    command: (folder) => {
      const file = join(folder, 'prometheus.json')
      const rules = join(folder, 'rules.json')
      writeFileSync(file, JSON.stringify(configuration(options, rules))) // JSON is YAML
      writeFileSync(rules, JSON.stringify({ groups: options.ruleGroups ?? [] }))
      return [
        programs.prometheus,
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        '--web.listen-address=127.0.0.1:0',
        options.isOtlpReceiver ? '--web.enable-otlp-receiver' : '--web.enable-remote-write-receiver',
        '--web.enable-lifecycle',
        '--log.format=json',
      ]
    },
    ready: (line) => {
      const { msg, address: found }: LogLine = line.startsWith('{') ? JSON.parse(line) : {}
      if (msg === 'Listening on' && found !== undefined) address = found // the port that the kernel chose
      if (msg === 'Server is ready to receive web requests.') isReady = true
      return isReady && address !== '' ? `http://${address}` : undefined
    },
  })
  try {
    await knowsAlertmanagers(server.ready, options.alertmanagers?.length ?? 0)
  } catch (error) {
    await server.stop()
    throw error
  }
  return { ...server, url: server.ready }
}

interface LogLine {
  readonly msg?: string
  readonly address?: string
}

/** Until it does, it drops alerts, and sends them again only after a minute (--rules.alert.resend-delay). */
async function knowsAlertmanagers(url: string, count: number): Promise<void> {
  const signal = AbortSignal.timeout(20_000)
  for (let known = 0; known < count; await setTimeout(50)) {
    const response = await fetch(`${url}/api/v1/alertmanagers`, { signal })
    const { data }: { readonly data: { readonly activeAlertmanagers: readonly object[] } } = JSON.parse(
      await response.text(),
    )
    known = data.activeAlertmanagers.length
  }
}

function configuration(options: PrometheusOptions, ownRules: string): object {
  const { ruleFiles = [], evaluationInterval = '30s', alertmanagers = [], scrapeConfigs = [], isOtlpReceiver } = options
  return {
    global: { evaluation_interval: evaluationInterval },
    ...(!isOtlpReceiver && { storage: { tsdb: { out_of_order_time_window: `${outOfOrderWindowMs / 1000}s` } } }),
    rule_files: [ownRules, ...ruleFiles],
    scrape_configs: scrapeConfigs,
    alerting: { alertmanagers: alertmanagers.length === 0 ? [] : [{ static_configs: [{ targets: alertmanagers }] }] },
  }
}
