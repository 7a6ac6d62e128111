// What an interrupted run leaves on the machine: nothing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, expect, test } from 'vitest'
import { REPOSITORY } from '../harness/agent.ts'
import { pipelineTools } from '../e2e/setup/pipeline.ts'
import { networkNamespace } from '../harness/netns.ts'

beforeAll(pipelineTools) // so that the run soon reaches the point of its interruption

/** Starts stores, collectors, and agents in network namespaces. */
const TESTS = 'test/e2e/outage/amp-failure.test.ts'

/** The traces that the run must have before it is interrupted. */
const AT_WORK = [/^process .* run --health-port off /, /^process .*otelcol /, /^folder /, /^namespace /, /^mount /]

test.for(['SIGINT', 'SIGTERM'] as const)(
  'leaves no process, namespace, mount or folder when it gets %s, and reports the interruption',
  { timeout: 90_000 },
  async (signal, { onTestFinished }) => {
    await pipelineTools()
    await (await networkNamespace(0)).remove()
    const run = spawn(process.execPath, ['test/run.ts', '--only', 'tests', TESTS], {
      cwd: REPOSITORY,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void run.kill())
    const said = text(run.stdout)
    const exit = once(run, 'exit')
    const look = tracesOf(run.pid!)
    await expect
      .poll(look, { timeout: 60_000 })
      .toEqual(expect.arrayContaining(AT_WORK.map((trace) => expect.stringMatching(trace))))
    run.kill(signal)
    expect(await exit).toEqual([1, null])
    expect(look()).toEqual([])
    expect(await said).toContain(`FAILED: the run, interrupted by ${signal}\n`)
  },
)

/** A function that lists the traces of a run, also those of processes that it once had. */
function tracesOf(run: number): () => readonly string[] {
  const sessions = new Set<number>() // each step leads one
  const pids = new Set<number>()
  return () => {
    const all = processes()
    for (const { pid, parent, session } of all) if (parent === run && session === pid) sessions.add(session)
    const ours = all.filter(({ session }) => sessions.has(session))
    for (const { pid } of ours) pids.add(pid)
    const folders = globSync(`${tmpdir()}/ena-otel-run-${run}-*`)
    const namespaces = [...pids].flatMap((pid) => globSync(`/run/netns/ena-otel-${pid}-*`))
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
    return [
      ...ours.map(({ command }) => `process ${command}`),
      ...folders.map((path) => `folder ${path}`),
      ...namespaces.map((path) => `namespace ${path}`),
      ...mounts
        .filter((line) => [...pids].some((pid) => line.includes(`ena-otel-${pid}-`)))
        .map((line) => `mount ${line}`),
    ]
  }
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly session: number
  readonly command: string
}

function processes(): readonly Process[] {
  return globSync('/proc/[0-9]*/stat').flatMap((file) => {
    try {
      const stat = readFileSync(file, 'utf8') // proc(5): PID (NAME) STATE PARENT GROUP SESSION …
      const [state, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === 'Z') return [] // has ended, and was not yet waited for
      const command = readFileSync(`${dirname(file)}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return { pid: Number.parseInt(stat, 10), parent: Number(parent), session: Number(session), command }
    } catch (error) {
      if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH'].includes(String(error.code))) return [] // ended
      throw error
    }
  })
}
