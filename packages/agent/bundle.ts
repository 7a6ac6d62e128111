// The agent as one CommonJS file, which needs nothing beside it but koffi: what the package, the image and the guests of the tests
// run. `node bundle.ts` writes it to dist/ena-otel.cjs.
//
// CommonJS, because what loads `node:http` as an ES module also loads every part of it that is there for those who ask only
// (undici, for WebSocket): 16 MB of memory instead of 1.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'

import { type Plugin, rolldown } from 'rolldown'

const folder = import.meta.dirname

/** The text of the bundle. */
export async function agentBundle(): Promise<string> {
  const build = await rolldown({
    cwd: folder,
    input: 'src/bin.ts',
    platform: 'node',
    external: ['koffi'],
    plugins: [version, lazyBuiltins],
  })
  const { output } = await build.generate({ format: 'cjs', codeSplitting: false, comments: false, minify: MINIFY })
  await build.close()
  return output[0].code
}

/**
 * Lines and the names of functions stay, for the stack traces in logs: an error that nobody catches is printed with its line, which
 * else were the whole file. ASCII, because V8 keeps a text in which one character is not Latin in two bytes for each.
 */
const MINIFY = {
  compress: { keepNames: { function: true, class: true } },
  mangle: { keepNames: { function: true, class: true } },
  codegen: { removeWhitespace: false, asciiOnly: true, legalComments: 'none' },
} as const

/** In the sources it is read from package.json. */
const version: Plugin = {
  name: 'version',
  load(id) {
    if (id !== join(folder, 'src', 'version.ts')) return null
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return `export const VERSION = ${JSON.stringify(manifest.version)}`
  },
}

/**
 * What is imported only where it is wanted (`await import('./grpc.ts')`) stays so in the bundle, but the modules of Node that it needs
 * would be loaded at the top of the file. As CommonJS modules of the bundle they are loaded with what needs them.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  resolveId: (id, importer) => (isBuiltin(id) && !importer?.startsWith(BUILTIN) ? `${BUILTIN}${id}` : null),
  load: (id) =>
    id.startsWith(BUILTIN) ? `module.exports = require(${JSON.stringify(id.slice(BUILTIN.length))})` : null,
}
const BUILTIN = '\0builtin:'

if (import.meta.main) {
  const file = join(folder, 'dist', 'ena-otel.cjs')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, await agentBundle(), { mode: 0o755 })
}
