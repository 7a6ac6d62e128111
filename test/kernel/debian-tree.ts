// Debian's packages, of any architecture, unpacked into a folder of the cache as if it were `/`: emulators, kernels, the
// guests' own files. apt gets a state of its own, so that neither the machine's package lists nor what is installed on it
// matters, and nothing of it is changed. Needs no root.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { join } from 'node:path'

import { output } from '../command.ts'
import { notHere, type NotHere } from '../not-here.ts'
import { cached } from '../tools/cache.ts'
import { onPath } from '../tools/on-path.ts'

/** As Node calls it. */
export type Architecture = 'x64' | 'arm64'

export function isArchitecture(text: string): text is Architecture {
  return text === 'x64' || text === 'arm64'
}

export interface PackageSet {
  readonly architecture: Architecture
  readonly packages: readonly string[]
  /** Their dependencies too, without the C library: what comes from here runs on that of the machine, which is the same release's. */
  readonly withDependencies?: boolean
}

/**
 * The folder with the packages in it. Keyed by Debian's release and the sets.
 *
 * @param name what it is, in messages and in the cache
 * @param finish completes the folder, before it counts as there
 */
export async function debianTree(
  name: string,
  sets: readonly PackageSet[],
  finish: (folder: string) => Promise<void> = async () => undefined,
): Promise<string | NotHere> {
  const missing = ['apt-get', 'dpkg-deb'].find((program) => onPath(program) === undefined)
  if (missing !== undefined) return notHere(name, `${missing} is not installed`)
  const release = await debianRelease()
  if (release !== RELEASE) return notHere(name, `it is made of the packages of ${RELEASE}, this is ${release}`)
  const key = createHash('sha256').update(JSON.stringify(sets)).digest('hex').slice(0, 8)
  return orNotHere(name, () =>
    cached(`${name}-${release}-${key}`, async (folder) => {
      for (const set of sets) await unpack(set, folder)
      await finish(folder)
    }),
  )
}

/** The release whose kernel ena.c is written for, Linux 6.1. */
const RELEASE = 'debian-12'

/** Something that this machine can't get: no test can tell anything without it. */
class Unavailable extends Error {
  override readonly name: string = 'Unavailable'
}

/** What `make` gives, or why it isn't to be had. */
export async function orNotHere<T>(thing: string, make: () => Promise<T>): Promise<T | NotHere> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof Unavailable) return notHere(thing, error.message)
    throw error
  }
}

/** What a download gives; when it fails, that is no failure of a test. */
export async function download<T>(what: string, get: () => Promise<T>): Promise<T> {
  try {
    return await get()
  } catch (cause) {
    const lines = cause instanceof Error ? cause.message.split('\n') : []
    const reason = lines.find((line) => /^(E:|npm error)/.test(line)) ?? lines[0] ?? ''
    throw new Unavailable(`${what} can't be downloaded (${reason})`, { cause })
  }
}

async function debianRelease(): Promise<string> {
  const osRelease = await readFile('/etc/os-release', 'utf8')
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]+)`, 'm').exec(osRelease)?.[1] ?? 'unknown'
  return `${field('ID')}-${field('VERSION_ID')}`
}

async function unpack({ architecture, packages, withDependencies = false }: PackageSet, folder: string): Promise<void> {
  const state = join(folder, 'apt')
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
  for (const file of (await readdir(archives)).toSorted()) {
    const isOfMachine = withDependencies && file.startsWith('libc6_')
    if (file.endsWith('.deb') && !isOfMachine) await output(['dpkg-deb', '-x', join(archives, file), folder])
  }
  await rm(state, { recursive: true })
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

/** As Debian calls it. */
export const DEBIAN_NAMES: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' }

/** As GNU calls it, and Debian's folders of libraries. */
export const GNU_NAMES: Readonly<Record<Architecture, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/** This machine's architecture. @throws Error on any other than those we boot */
export function hostArchitecture(): Architecture {
  if (isArchitecture(process.arch)) return process.arch
  throw new Unavailable(`there are no guests on ${process.arch}`)
}

/** An environment in which programs of a tree find each other and their libraries. */
export function treeEnvironment(folder: string): NodeJS.ProcessEnv {
  const gnu = GNU_NAMES[hostArchitecture()]
  return {
    PATH: `${folder}/usr/bin:${folder}/bin:${process.env['PATH']}`,
    LD_LIBRARY_PATH: ['usr/lib', 'lib'].map((lib) => `${folder}/${lib}/${gnu}`).join(':'),
  }
}
