// Does something again and again, in step with the wall clock: no drift, and one turn after a gap, not as many as were missed.
import type { Clock } from './clock.ts'

export interface Schedule {
  readonly stop: () => void
}

/**
 * Runs `task` whenever the wall clock is at `phaseMs` past a multiple of `intervalMs`, which is asked for before each turn where it
 * may change. A task that is still running (a promise) when its next turn comes loses that turn. The task must not throw.
 */
export function every(
  intervalMs: number | (() => number),
  phaseMs: number,
  clock: Clock,
  task: () => unknown,
): Schedule {
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const next = (): void => {
    if (stopped) return
    const interval = typeof intervalMs === 'number' ? intervalMs : intervalMs()
    timer = setTimeout(turn, untilTurn(clock.now(), interval, phaseMs))
  }
  const turn = (): void => {
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

/** Timers may come a little early: what is left of the turn just taken is no turn of its own. */
function untilTurn(now: number, intervalMs: number, phaseMs: number): number {
  const past = (((now - phaseMs) % intervalMs) + intervalMs) % intervalMs
  const left = intervalMs - past
  return left < intervalMs / 10 ? left + intervalMs : left
}

/**
 * A phase between 0 and `intervalMs` that is always the same for a name and spread evenly over many names: FNV-1a, and MurmurHash3's
 * finalizer, without which names that differ in their last digits only (node-1, node-2) come to lie together.
 */
export function phaseOf(name: string, intervalMs: number): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash = (hash ^ (hash >>> 16)) >>> 0
  return Math.floor((hash / 2 ** 32) * intervalMs)
}
