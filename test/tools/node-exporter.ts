// Prometheus' node_exporter, the baseline of the benchmarks and of the published recipes.
import { goPrograms } from './go-module.ts'

/** The path of `node_exporter`. */
export async function nodeExporter(): Promise<string> {
  const programs = await goPrograms({
    module: 'node-exporter',
    name: 'node_exporter',
    versionOf: 'github.com/prometheus/node_exporter',
    packages: { node_exporter: 'github.com/prometheus/node_exporter' },
    linkerFlags: ['-X github.com/prometheus/common/version.Version=1.12.1'],
  })
  return programs.node_exporter
}
