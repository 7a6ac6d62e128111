// The outcome of a remote write.
import type { Journal } from './journal.ts'
import type { NoReply, Reply, WholeRequest } from './loopback-server.ts'

/** The answer to one remote write. */
export interface Answer {
  /** When it came, in ms since the epoch. */
  readonly at: number
  /** Of the reply; undefined when a fault gave none. */
  readonly status: number | undefined
  /** In words, when it was refused. */
  readonly reason: string | undefined
  /** Of the body, as it came. */
  readonly bytes: number
  /** How many it stored. */
  readonly samples: number
}

/** Records the answer, and returns the reply. */
export function answered<R extends Reply | NoReply>(
  given: Journal<Answer>,
  request: WholeRequest,
  at: number,
  reply: R,
  samples = 0,
): R {
  const status = typeof reply === 'string' ? undefined : reply.status
  const said = typeof reply === 'string' ? reply : Buffer.from(reply.body ?? '').toString()
  const reason = status === 200 ? undefined : said.trim()
  given.add({ at, status, reason, bytes: request.body.length, samples })
  return reply
}
