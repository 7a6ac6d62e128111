// The agent as one file, for guests: under emulation, and over a network file system, several hundred modules take half a minute.
import { type Plugin, rolldown } from 'rolldown'

import { REPOSITORY } from '../agent.ts'

/** The text of an ES module: the agent with all that it needs but koffi, which is a binary. */
export async function agentBundle(): Promise<string> {
  const build = await rolldown({
    cwd: REPOSITORY,
    input: 'packages/agent/src/bin.ts',
    platform: 'node',
    external: ['koffi'],
    plugins: [oneGrpc],
  })
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false })
  await build.close()
  return output[0].code
}

/**
 * @opentelemetry/otlp-grpc-exporter-base 0.301.0 loads grpc-js at the first export, by a `require` that no bundler sees. Next to
 * the bundle there may be none, or another copy, whose classes are not those of the bundle.
 */
const oneGrpc: Plugin = {
  name: 'one-grpc',
  transform: (code, id) =>
    id.includes('/otlp-grpc-exporter-base/') && code.includes('__require(')
      ? `import * as grpcJs from '@grpc/grpc-js'\n${code.replaceAll('__require("@grpc/grpc-js")', 'grpcJs')}`
      : undefined,
}
