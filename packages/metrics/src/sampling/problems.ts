// Current problems. Each is logged when it begins, when it changes and when it is over, not in between.
import type { Log } from '../log.ts'

export interface Problems {
  /** Reports the current problem with `what`; `undefined` when there is none. */
  readonly report: (what: string, problem: string | undefined, error?: unknown) => void
  /** `what` no longer exists: its problems are removed without a log line. */
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
        log.info({ what }, `${what}: recovered`)
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

/** The code that the kernel or a collector answered with. An error without one may be a bug of ours: then the stack. */
function details(error: unknown): object {
  if (error === undefined) return {}
  const { code } = error as { code?: unknown }
  return code === undefined ? { err: error } : { code }
}
