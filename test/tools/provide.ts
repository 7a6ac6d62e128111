// Provides every tool of the tests before they start, so that none of them waits for a download or a build.
import { ethtool } from './ethtool.ts'
import { nodeExporter } from './node-exporter.ts'
import { otelcol } from './otelcol.ts'

for (const provide of [ethtool, nodeExporter, otelcol]) {
  const tool = await provide()
  process.stdout.write(typeof tool === 'string' ? `tools: ${tool}\n` : `tools: ${tool.notHere}\n`)
}
