// Windows of time that several processes are measured in at once.
import { setTimeout as wait } from 'node:timers/promises'

import { cpuMs } from './process-usage.ts'

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
