// The agent as one CommonJS file, which needs nothing beside it but koffi and RE2: what the package, the image and the guests of the tests
// run. `node bundle.ts` writes it to dist/ena-otel.cjs, and the licences of all of these to dist/licenses.txt.
//
// CommonJS, because what loads `node:http` as an ES module also loads every part of it that is there for those who ask only
// (undici, for WebSocket): 8 MB of memory instead of 1, and 12 more of the program itself.
import { globSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'

import { type Plugin, rolldown } from 'rolldown'

const folder = import.meta.dirname

export interface Bundle {
  readonly code: string
  /** Of the packages in it and of those outside, as their licences want it: name, version, text. */
  readonly licenses: string
  /** The same packages, as `name@version`. */
  readonly packages: readonly string[]
}

/** What `require` finds beside the bundle: a binary, and what few need. */
const OUTSIDE = ['koffi', 're2js'] as const

export async function agentBundle(): Promise<Bundle> {
  const build = await rolldown({
    cwd: folder,
    input: 'src/bin.ts',
    platform: 'node',
    external: [...OUTSIDE],
    plugins: [version, lazyBuiltins],
    transform: { target: 'node20' }, // an older Node must parse it to reach NODE_CHECK: it knows no `using`
  })
  const { output } = await build.generate({
    format: 'cjs',
    codeSplitting: false,
    comments: false,
    minify: MINIFY,
    banner: NODE_CHECK,
  })
  await build.close()
  const [{ code, moduleIds }] = output
  const packages = new Set([
    ...OUTSIDE.map((name) => realpathSync(join(folder, 'node_modules', name))),
    ...moduleIds.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []),
  ])
  const folders = [...packages].sort()
  return { code, licenses: folders.map(license).join('\n'), packages: folders.map(nameAndVersion) }
}

function nameAndVersion(folderOfPackage: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folderOfPackage, 'package.json'), 'utf8'))
  return `${name}@${version}`
}

function license(folderOfPackage: string): string {
  const [file] = globSync('{LICENSE,license}*', { cwd: folderOfPackage })
  if (file === undefined) throw new Error(`${folderOfPackage} has no file with its licence`)
  return `${nameAndVersion(folderOfPackage).replace(/@(?=[^@]+$)/, ' ')}\n\n${readFileSync(join(folderOfPackage, file), 'utf8').trim()}\n`
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

/** First in the file: an older Node prints one sentence instead of a stack trace. Everything after it must parse there. */
const NODE_CHECK = nodeCheck(readManifest().engines.node)

function nodeCheck(range: string): string {
  const [, major, minor] = /^>=(\d+)\.(\d+)\.0$/.exec(range) ?? []
  if (major === undefined) throw new Error(`engines.node is not of the form >=22.15.0: ${range}`)
  const sentence = `ena-otel needs Node ${major}.${minor} or newer, and this is Node `
  return `{
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < ${major} || (major === ${major} && minor < ${minor})) {
    console.error(${JSON.stringify(sentence)} + process.versions.node + '.')
    process.exit(1)
  }
}`
}

interface Manifest {
  readonly version: string
  readonly engines: { readonly node: string }
}

function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** In the sources it is read from package.json. */
const version: Plugin = {
  name: 'version',
  load(id) {
    const [, packageFolder] = /^(.*\/packages\/[^/]+)\/src\/version\.ts$/.exec(id) ?? []
    if (packageFolder === undefined) return null
    const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }
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
  const { code, licenses } = await agentBundle()
  mkdirSync(join(folder, 'dist'), { recursive: true })
  writeFileSync(join(folder, 'dist', 'ena-otel.cjs'), code, { mode: 0o755 })
  writeFileSync(join(folder, 'dist', 'licenses.txt'), licenses)
}
