// Tools that the tests fetch or build once: $XDG_CACHE_HOME/ena-otel/<tool>-<version>, outside the tree. A folder
// appears there whole or not at all, however a run ends; deleting it makes the next run provide it again.
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { exclusively } from './lock.ts'

/** The folder `name` of the cache, undefined as long as nothing has made it. */
export function inCache(name: string): string | undefined {
  const folder = join(cacheRoot(), name)
  return existsSync(folder) ? folder : undefined
}

/** The folder `name` of the cache. When it isn't there, `make` fills it first; other processes wait for that. */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const found = inCache(name)
  if (found !== undefined) return found
  const root = cacheRoot()
  await mkdir(root, { recursive: true })
  return exclusively(join(root, name), async () => {
    if (inCache(name) === undefined) await makeWhole(root, name, make)
    return join(root, name)
  })
}

function cacheRoot(): string {
  const base = process.env['XDG_CACHE_HOME']
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'ena-otel')
}

async function makeWhole(root: string, name: string, make: (folder: string) => Promise<void>): Promise<void> {
  const prefix = `${name}.unfinished-`
  const left = (await readdir(root)).filter((entry) => entry.startsWith(prefix)) // by a run that was killed
  await Promise.all(left.map((entry) => rm(join(root, entry), { recursive: true, force: true })))
  const unfinished = await mkdtemp(join(root, prefix))
  const start = performance.now()
  process.stderr.write(`tools: making ${name} …\n`)
  try {
    await make(unfinished)
    await chmod(unfinished, 0o755)
    await rename(unfinished, join(root, name))
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  process.stderr.write(`tools: ${name} is ready after ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}
