// Debian's packages, of any architecture, unpacked into a folder of the cache as if it were `/`: programs, emulators, kernels,
// the guests' own files. apt gets a state of its own, so that neither the machine's package lists nor what is installed on it
// matters, and nothing of it is changed. Needs no root.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { output } from '../harness/command.ts'
import { NotHere } from '../harness/not-here.ts'
import { type Architecture, DEBIAN_NAMES, GNU_NAMES, hostArchitecture } from './architecture.ts'
import { cached } from './cache.ts'
import { download } from './download.ts'
import { onPath } from './on-path.ts'

export interface DebianTree {
  /** What it is, in messages and in the cache. */
  readonly name: string
  readonly sets: readonly PackageSet[]
  /** The one release that it can be made of, as `debian-12`; any by default. */
  readonly release?: string
  /** Completes the folder, before it counts as there. */
  readonly finish?: (folder: string) => Promise<void>
}

export interface PackageSet {
  /** This machine's by default. */
  readonly architecture?: Architecture
  readonly packages: readonly string[]
  /** Their dependencies too, without the C library: that of the machine is of the same release. */
  readonly withDependencies?: boolean
}

/** The folder with the packages in it. Keyed by the distribution's release and the sets. */
export async function debianTree({ name, sets, release, finish }: DebianTree): Promise<string> {
  checkPrograms(name)
  const found = await releaseHere()
  if (release !== undefined && release !== found)
    throw new NotHere(name, `it is made of the packages of ${release}, this is ${found}`)
  const whole = sets.map((set) => ({ architecture: hostArchitecture(), ...set }))
  const key = createHash('sha256').update(JSON.stringify(whole)).digest('hex').slice(0, 8)
  return cached(`${name}-${found}-${key}`, async (folder) => {
    for (const set of whole) await unpack(set, folder)
    await finish?.(folder)
  })
}

function checkPrograms(what: string): void {
  const missing = ['apt-get', 'dpkg-deb'].find((program) => onPath(program) === undefined)
  if (missing !== undefined) throw new NotHere(what, `${missing} is not installed`)
}

async function releaseHere(): Promise<string> {
  const osRelease = await readFile('/etc/os-release', 'utf8')
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]+)`, 'm').exec(osRelease)?.[1] ?? 'unknown'
  return `${field('ID')}-${field('VERSION_ID')}`
}

async function unpack(set: PackageSet, folder: string): Promise<void> {
  const state = join(folder, 'apt')
  for (const file of await debianArchives(set, state)) {
    const isOfMachine = set.withDependencies === true && basename(file).startsWith('libc6_')
    if (!isOfMachine) await output(['dpkg-deb', '-x', file, folder])
  }
  await rm(state, { recursive: true })
}

/** Downloads packages, in their newest versions, with apt's own state in the folder `state`. Returns the paths of the archives, sorted. */
export async function debianArchives(
  { architecture = hostArchitecture(), packages, withDependencies = false }: PackageSet,
  state: string,
): Promise<readonly string[]> {
  checkPrograms(packages.join(', '))
  const archives = join(state, 'cache', 'archives')
  const env = await aptEnvironment(state, architecture)
  const apt = (...args: readonly string[]): Promise<string> =>
    output(['apt-get', '-qq', ...args], { env, cwd: archives })
  await download(packages.join(', '), async () => {
    await apt('update')
    if (withDependencies) return apt('install', '--download-only', '--no-install-recommends', '-y', ...packages)
    const names = await Promise.all(packages.map((name) => newest(name, env)))
    return apt('download', ...names.flat())
  })
  const files = (await readdir(archives)).filter((file) => file.endsWith('.deb'))
  return files.toSorted().map((file) => join(archives, file))
}

/** `linux-image-amd64` and `linux-headers-amd64` stand for packages with the version in their names. */
async function newest(name: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const [, kind, flavour] = /^(linux-image|linux-headers)-([a-z]+\d+)$/.exec(name) ?? []
  if (kind === undefined) return [name]
  const depends = await output(['apt-cache', 'depends', name], { env })
  const version = new RegExp(`Depends: ${kind}-(\\S+)-${flavour}$`, 'm').exec(depends)?.[1]
  if (version === undefined) throw new Error(`${name} depends on no ${kind}: ${depends}`)
  const versioned = `${kind}-${version}-${flavour}`
  return kind === 'linux-headers' ? [versioned, `linux-headers-${version}-common`] : [versioned]
}

async function aptEnvironment(state: string, architecture: Architecture): Promise<NodeJS.ProcessEnv> {
  await mkdir(join(state, 'lists', 'partial'), { recursive: true })
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true })
  await writeFile(join(state, 'status'), '')
  const name = DEBIAN_NAMES[architecture]
  const settings = `APT::Architecture "${name}"; APT::Architectures { "${name}"; };
Dir::State "${state}"; Dir::State::Lists "${state}/lists"; Dir::State::status "${state}/status"; Dir::Cache "${state}/cache";
APT::Sandbox::User ""; Acquire::Languages "none"; Debug::NoLocking "true";
`
  await writeFile(join(state, 'apt.conf'), settings)
  return { ...process.env, APT_CONFIG: join(state, 'apt.conf') }
}

/** An environment in which programs of a tree find each other and their libraries. */
export function treeEnvironment(folder: string): NodeJS.ProcessEnv {
  const gnu = GNU_NAMES[hostArchitecture()]
  return {
    PATH: `${folder}/usr/bin:${folder}/bin:${process.env['PATH']}`,
    LD_LIBRARY_PATH: ['usr/lib', 'lib'].map((lib) => `${folder}/${lib}/${gnu}`).join(':'),
  }
}
