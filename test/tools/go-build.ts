// One run of `go build` that reports its progress, as it takes minutes.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { goEnvironment } from './go.ts'

export interface GoBuild {
  /** What the lines about it call it. */
  readonly name: string
  /** The path of `go`. */
  readonly compiler: string
  /** The folder of the module. */
  readonly source: string
  readonly flags: readonly string[]
  readonly packages: readonly string[]
  readonly outputFolder: string
}

const everyMs = 15_000

/** Builds at low priority. @throws with all that `go` printed. */
export async function goBuild({ name, compiler, source, flags, packages, outputFolder }: GoBuild): Promise<void> {
  const args = ['build', '-v', '-mod=readonly', '-buildvcs=false', ...flags, '-o', outputFolder, ...packages]
  const child = spawn('nice', [compiler, ...args], {
    cwd: source,
    env: goEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  const told: string[] = []
  createInterface(child.stderr).on('line', (line) => told.push(line))
  const start = performance.now()
  const report = setInterval(() => {
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    process.stderr.write(`tools: ${name} after ${seconds} s: ${progress(told)}\n`)
  }, everyMs)
  const ended = Promise.withResolvers<number | null>()
  child.once('error', ended.reject)
  child.once('close', ended.resolve)
  try {
    const status = await ended.promise
    if (status !== 0) throw new Error(`go build of ${name} ended with ${status}\n${told.filter(isSaid).join('\n')}`)
  } finally {
    clearInterval(report)
    process.off('exit', kill)
  }
}

function isDownload(line: string): boolean {
  return line.startsWith('go: downloading ')
}

/** Whether a line is more than the name of a package or a module that is being worked on. */
function isSaid(line: string): boolean {
  return !isDownload(line) && line.includes(' ')
}

/** From the lines of `-v`: one for each module fetched, one for each package compiled. */
function progress(told: readonly string[]): string {
  const downloads = told.filter(isDownload).length
  const packages = told.filter((line) => !line.includes(' '))
  const fetched = downloads === 0 ? [] : [`${downloads} modules fetched`]
  const compiled = packages.length === 0 ? [] : [`${packages.length} packages compiled, the last ${packages.at(-1)}`]
  return [...fetched, ...compiled].join(', ') || 'looking at what there is to do'
}
