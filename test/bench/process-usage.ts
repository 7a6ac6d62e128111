// What a process has used so far, as the kernel counts it.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * Milliseconds on a processor, of all threads that there are. Source: /proc/PID/task/TID/schedstat, first field, nanoseconds;
 * utime and stime in /proc/PID/stat count whole ticks. Neither Node nor Go ends its threads while it runs.
 */
export function cpuMs(pid: number): number {
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks)
    .map((task) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'latin1').split(' ')[0]) / 1e6)
    .reduce((sum, ms) => sum + ms, 0)
}

/** Milliseconds of CPU a second of each process, in so many windows, one after the other. */
export async function cpuPerSecond<Name extends string>(
  pids: Readonly<Record<Name, number>>,
  count: number,
  windowMs: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(pids) as Name[]
  const found = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>
  for (let i = 0; i < count; i++) {
    const start = performance.now()
    const before = names.map((name) => cpuMs(pids[name]))
    await wait(windowMs)
    const seconds = (performance.now() - start) / 1000
    for (const [at, name] of names.entries()) found[name].push((cpuMs(pids[name]) - before[at]!) / seconds)
  }
  return found
}

/** MB: a million bytes. */
export interface Memory {
  /** Resident, with the pages of files that other processes may share. */
  readonly rss: number
  /** What no file is behind: heap, stacks, compiled code. */
  readonly anonymous: number
}

/** Source: /proc/PID/smaps_rollup, which counts pages; the figures in /proc/PID/status lag behind. */
export function memory(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
  const field = (name: string): number => (Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)![1]) * 1024) / 1e6
  return { rss: field('Rss'), anonymous: field('Anonymous') }
}

/** The most that was resident at a time, MB. Source: /proc/PID/status, VmHWM. */
export function peakRss(pid: number): number {
  return (Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) * 1024) / 1e6
}
