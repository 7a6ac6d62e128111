// What is wrong at the moment. Each thing is logged when it begins, when it changes and when it is over; not in between.
import type { Log } from '../log.ts'

export interface Problems {
  /** What is wrong with `what` now, in words; `undefined` when nothing is. */
  readonly report: (what: string, problem: string | undefined, error?: unknown) => void
  /** `what` is no more: nothing is said about its problems. */
  readonly forget: (what: string) => void
  readonly current: () => ReadonlyMap<string, string>
}

export function createProblems(log: Log): Problems {
  const current = new Map<string, string>()
  return {
    report: (what, problem, error) => {
      if (current.get(what) === problem) return
      if (problem === undefined) {
        current.delete(what)
        log.info({ what }, `${what}: fine again`)
      } else {
        current.set(what, problem)
        log.warn({ what, ...details(error) }, `${what}: ${problem}`)
      }
    },
    forget: (what) => {
      for (const key of current.keys()) if (key === what || key.startsWith(`${what} `)) current.delete(key)
    },
    current: () => current,
  }
}

/** The code of what the kernel or a collector answered. Where there is none the mistake may be ours: then the stack. */
function details(error: unknown): object {
  if (error === undefined) return {}
  const { code } = error as { code?: unknown }
  return code === undefined ? { err: error } : { code }
}
