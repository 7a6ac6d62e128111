// The faults that a test gives a stand-in, and how often each happens.
import type { NoReply, Reply } from './loopback-server.ts'

/** A status for an unread request, no answer at all, or the end of the connection. */
export type Fault = 400 | 403 | 429 | 500 | 503 | NoReply

export interface Faults {
  /** Replaces the fault: it happens the next `times` times, or until `clear`. */
  readonly set: (fault: Fault, times?: number) => void
  readonly clear: () => void
  /** The fault of this request, if there is one. */
  readonly next: () => Fault | undefined
}

export function faults(): Faults {
  let due: Fault | undefined
  let left = 0
  return {
    set(fault, times = Infinity) {
      due = fault
      left = times
    },
    clear() {
      left = 0
    },
    next() {
      if (left === 0) return undefined
      left -= 1
      return due
    },
  }
}

/** Its body says that the test caused it, so that nobody looks for a real error. */
export function faultReply(fault: Fault): Reply | NoReply {
  return typeof fault === 'number' ? { status: fault, body: `${fault}, as told by the test\n` } : fault
}
