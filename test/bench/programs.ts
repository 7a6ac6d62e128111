// The programs that the benchmark measures. Each runs with a configuration of the benchmark, and is killed at the end.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { type ServerProgram, serverProcess } from '../amp/server-process.ts'
import { QUIET } from '../harness/agent.ts'
import { NODE_FLAGS, writeAgent } from '../../image/agent-files.ts'

export interface Program extends AsyncDisposable {
  /** Its own process id. */
  readonly pid: number
}

/** Starts it, and waits for a line of its log (stderr) that matches `ready`. */
async function start(program: Omit<ServerProgram<true>, 'ready'>, ready: RegExp): Promise<Program> {
  const server = await serverProcess({ ...program, ready: (line) => ready.test(line) || undefined })
  // SIGKILL: what it would still send is not measured.
  return { pid: server.pid(), [Symbol.asyncDispose]: server.kill }
}

/**
 * The agent as it ships in the image: one bundle, koffi's binary beside it, the image's flags. It pushes to `endpoint`.
 *
 * @param bundle another one, which `writeAgent` of an earlier commit has written
 */
export async function agentProcess(
  endpoint: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  bundle?: string,
): Promise<Program> {
  const command = async (folder: string): Promise<readonly string[]> => {
    if (bundle === undefined) await writeAgent(folder)
    const program = bundle ?? join(folder, 'ena-otel.cjs')
    return [process.execPath, ...NODE_FLAGS, program, 'run', '--endpoint', endpoint, ...args]
  }
  return start({ name: 'agent', command, env: { ...QUIET, ...env } }, /attached|accepts metrics/)
}

/** A Node process that does nothing but wake up each second. */
export async function bareNode(): Promise<Program> {
  const script = `require('fs').writeSync(2, 'ready\\n'); setInterval(() => {}, 1000)`
  return start({ name: 'bare-node', command: () => [process.execPath, '-e', script] }, /ready/)
}

/** @param program path of otelcol */
export async function collectorProcess(program: string, config: object): Promise<Program> {
  const command = (folder: string): readonly string[] => [program, '--config', written(folder, JSON.stringify(config))]
  return start({ name: 'collector', command }, /Everything is ready/)
}

/** A collector that drops what it receives. @param metrics its `service.telemetry.metrics` */
export function droppingCollector(
  program: string,
  receivers: object = { otlp: otlpReceiver(4317) },
  metrics: object = { level: 'none' },
): Promise<Program> {
  const pipelines = { metrics: { receivers: Object.keys(receivers), exporters: ['file'] } }
  const exporters = { file: { path: '/dev/null' } }
  return collectorProcess(program, { receivers, exporters, service: { telemetry: { metrics }, pipelines } })
}

/** A receiver of OTLP over gRPC, on a port of the loopback. */
export function otlpReceiver(port: number): object {
  return { protocols: { grpc: { endpoint: `127.0.0.1:${port}` } } }
}

/** A receiver that scrapes with Prometheus' own scraper. */
export function scrapeReceiver(targets: readonly string[], interval: string): object {
  const times = { scrape_interval: interval, scrape_timeout: interval }
  return { config: { scrape_configs: [{ job_name: 'node', ...times, static_configs: [{ targets }] }] } }
}

/** node_exporter with the collectors that read what the agent reads, of interfaces nic*. @param program its path */
export function nodeExporterProcess(program: string, port: number): Promise<Program> {
  const args = [
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.disable-exporter-metrics',
    '--collector.disable-defaults',
    '--collector.ethtool',
    '--collector.ethtool.device-include=^nic',
    '--collector.netclass',
    '--collector.netclass.ignored-devices=^(lo|peer.*)$',
    '--collector.netdev',
    '--collector.netdev.device-exclude=^(lo|peer.*)$',
  ]
  return start({ name: 'node-exporter', command: () => [program, ...args] }, /Listening on/)
}

/**
 * telegraf that reads what the agent reads, of interfaces nic*, every second, and pushes it over OTLP every 15.
 *
 * @param program its path
 * @param collector host and port of OTLP over gRPC: `127.0.0.1:4317`
 */
export function telegrafProcess(program: string, collector: string): Promise<Program> {
  const command = (folder: string): readonly string[] => [
    program,
    '--config',
    written(folder, telegrafConfig(collector)),
  ]
  return start({ name: 'telegraf', command }, /Loaded outputs/)
}

/** gzip is the output's default. https://github.com/influxdata/telegraf/tree/v1.37.2/plugins/outputs/opentelemetry */
const telegrafConfig = (collector: string): string => `
[agent]
  interval = "1s"
  flush_interval = "15s"
  metric_batch_size = 10000
  metric_buffer_limit = 100000
[[inputs.ethtool]]
  interface_include = ["nic*"]
[[inputs.net]]
  interfaces = ["nic*"]
  ignore_protocol_stats = true
[[outputs.opentelemetry]]
  service_address = "${collector}"
`

/** The path of a file with this text in the program's folder. */
function written(folder: string, text: string): string {
  const file = join(folder, 'config')
  writeFileSync(file, text)
  return file
}
