// Runs a task at an interval, aligned to the wall clock: no drift, and one run after a gap instead of all that were missed.
import type { Clock } from './clock.ts'

export interface Schedule {
  readonly stop: () => void
}

/**
 * Runs `task` whenever the wall clock is at `phaseMs` past a multiple of `intervalMs`; a function is called before each run. A task that is
 * still running (a promise) when the next run is due skips it. The task must not throw.
 *
 * @param isUnref the timer does not keep the process alive
 */
export function every(
  intervalMs: number | (() => number),
  phaseMs: number,
  clock: Clock,
  task: () => unknown,
  isUnref = false,
): Schedule {
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const next = (): void => {
    if (stopped) return
    const interval = typeof intervalMs === 'number' ? intervalMs : intervalMs()
    timer = setTimeout(run, untilNextRun(clock.now(), interval, phaseMs))
    if (isUnref) timer.unref()
  }
  const run = (): void => {
    const running = task()
    if (running instanceof Promise) void running.finally(next)
    else next()
  }
  next()
  return {
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}

/** Timers may fire a little early: the rest of the interval that has just been served is no run of its own. */
function untilNextRun(now: number, intervalMs: number, phaseMs: number): number {
  const past = (((now - phaseMs) % intervalMs) + intervalMs) % intervalMs
  const left = intervalMs - past
  return left < intervalMs / 10 ? left + intervalMs : left
}

/**
 * A phase between 0 and `intervalMs`, always the same for a name and spread evenly over many names. FNV-1a with MurmurHash3's finalizer:
 * without it names that differ only in their last digits (node-1, node-2) get phases close together.
 */
export function phaseOf(name: string, intervalMs: number): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash = (hash ^ (hash >>> 16)) >>> 0
  return Math.floor((hash / 2 ** 32) * intervalMs)
}
