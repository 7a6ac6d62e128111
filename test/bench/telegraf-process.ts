// telegraf that reads what the agent reads, of interfaces nic*, every second, and pushes it over OTLP every 15.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Child, child } from './child.ts'

/** @param program path of telegraf @param collector its OTLP over gRPC: `127.0.0.1:4317` */
export async function telegrafProcess(program: string, collector: string): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-telegraf-'))
  const file = join(folder, 'telegraf.conf')
  writeFileSync(file, configuration(collector))
  const started = await child([program, '--config', file], { ready: /Loaded outputs/ })
  rmSync(folder, { recursive: true })
  return started
}

/** gzip is the output's default. https://github.com/influxdata/telegraf/tree/v1.37.2/plugins/outputs/opentelemetry */
const configuration = (collector: string): string => `
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
