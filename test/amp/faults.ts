// What a stand-in is told to do wrong, and how often.
import type { NoReply, Reply } from './loopback-server.ts'

/** A status that is answered without looking, no answer at all, or the connection's end. */
export type Fault = 429 | 500 | 503 | NoReply

export interface Faults {
  /** From now on does this, the next `times` times, or until `clear`; what was told before and is left counts no more. */
  readonly set: (fault: Fault, times?: number) => void
  readonly clear: () => void
  /** What is due now, used up by asking. */
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

/** Says what it is, so that nobody looks for a real error. */
export function faultReply(fault: Fault): Reply | NoReply {
  return typeof fault === 'number' ? { status: fault, body: `${fault}, as told by the test\n` } : fault
}
