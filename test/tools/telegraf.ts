// InfluxData's telegraf, a baseline of the benchmark, with the plugins that read network interfaces and the one that pushes OTLP:
// https://github.com/influxdata/telegraf/blob/master/docs/CUSTOMIZATION.md
import { goPrograms } from './go-module.ts'

/** The path of `telegraf`. */
export async function telegraf(): Promise<string> {
  const programs = await goPrograms({
    module: 'telegraf',
    name: 'telegraf',
    versionOf: 'github.com/influxdata/telegraf',
    packages: { telegraf: 'github.com/influxdata/telegraf/cmd/telegraf' },
    tags: ['custom', 'inputs.ethtool', 'inputs.net', 'outputs.opentelemetry'],
    linkerFlags: ['-X github.com/influxdata/telegraf/internal.Version=1.37.2'],
  })
  return programs.telegraf
}
