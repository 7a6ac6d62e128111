// Programs built from a module that is kept here as go.mod and go.sum, through the Go module proxy: every version is
// pinned, and nothing but what these two name gets in.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { output } from '../harness/command.ts'
import { cached, inCache } from './cache.ts'
import { go, goEnvironment } from './go.ts'
import { goBuild } from './go-build.ts'

export interface GoPrograms<Name extends string, Folder extends string = never> {
  /** The folder beside this file that holds the module. */
  readonly module: string
  /** Names the folder in the cache. */
  readonly name: string
  /** The module in go.mod whose version is part of that name. */
  readonly versionOf: string
  /** What is built, in one go: the import path of each program. */
  readonly packages: Readonly<Record<Name, string>>
  /** For the linker, after `-s -w`. */
  readonly linkerFlags?: readonly string[]
  /** Build tags; none by default. */
  readonly tags?: readonly string[]
  /** What is kept beside the programs: a folder of a module, under another name. None by default. */
  readonly folders?: Readonly<Record<Folder, ModuleFolder>>
}

interface ModuleFolder {
  /** One of go.mod. */
  readonly module: string
  readonly path: string
}

/** The paths of the programs, and of the folders. Builds them when they are new here: other programs, or other text of the module. */
export async function goPrograms<Name extends string, Folder extends string = never>(
  programs: GoPrograms<Name, Folder>,
): Promise<Readonly<Record<Name | Folder, string>>> {
  const source = join(import.meta.dirname, programs.module)
  const goMod = readFileSync(join(source, 'go.mod'), 'utf8')
  const folderName = `${programs.name}-${version(goMod, programs.versionOf)}-${process.arch}-${hash(source, programs)}`
  let folder = inCache(folderName)
  if (folder === undefined) {
    const compiler = await go(programs.name, version(goMod, 'go'))
    folder = await cached(folderName, (unfinished) => build(compiler, source, unfinished, programs))
  }
  const root = folder
  const names = Object.keys({ ...programs.packages, ...programs.folders }) as (Name | Folder)[]
  return Object.fromEntries(names.map((name) => [name, join(root, name)])) as Record<Name | Folder, string>
}

/** The version of `module` (or of the language: `go`) in the text of a go.mod. */
function version(goMod: string, module: string): string {
  const line = goMod.split('\n').find((line) => line.replace(/^(\s|require )+/, '').startsWith(`${module} `))
  const found = line
    ?.trim()
    .split(' ')
    .find((word) => /^v?\d/.test(word))
  if (found === undefined) throw new TypeError(`the go.mod has no version of ${module}`)
  return found.replace(/^v/, '')
}

/** What the programs are made from, as eight digits. */
function hash(source: string, { packages, linkerFlags, tags, folders }: GoPrograms<string, string>): string {
  const texts = readdirSync(source)
    .filter((file) => /^go\.(mod|sum)$|\.go$/.test(file))
    .sort()
    .map((file) => readFileSync(join(source, file), 'utf8'))
  const all = [JSON.stringify({ packages, linkerFlags, tags, folders }), ...texts]
  return createHash('sha256').update(all.join('\0')).digest('hex').slice(0, 8)
}

async function build(
  compiler: string,
  source: string,
  folder: string,
  { name, packages, linkerFlags = [], tags = [], folders = {} }: GoPrograms<string, string>,
): Promise<void> {
  const built = join(folder, 'built')
  await mkdir(built)
  const flags = ['-trimpath', `-ldflags=${['-s', '-w', ...linkerFlags].join(' ')}`, `-tags=${tags.join(',')}`]
  await goBuild({ name, compiler, source, flags, packages: Object.values(packages), outputFolder: `${built}/` })
  for (const [program, path] of Object.entries(packages)) {
    await rename(join(built, builtName(source, path)), join(folder, program))
  }
  for (const [kept, { module, path }] of Object.entries(folders)) {
    const list = [compiler, 'list', '-mod=readonly', '-m', '-f', '{{.Dir}}', module]
    const root = (await output(list, { cwd: source, env: goEnvironment() })).trim()
    await cp(join(root, path), join(folder, kept), { recursive: true })
  }
}

/** What `go build` calls the program of a package: the last part of its path that isn't a major version. */
function builtName(source: string, path: string): string {
  if (path === '.') return basename(source)
  return /^v\d+$/.test(basename(path)) ? basename(dirname(path)) : basename(path)
}
