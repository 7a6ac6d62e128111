// Every reply that is too short must be rejected, at any length.
import { expect } from 'vitest'

export function expectEveryTruncationToThrow(reply: Buffer, decode: (reply: Buffer) => unknown): void {
  expect(() => decode(reply)).not.toThrow()
  for (let length = 0; length < reply.length; length++) {
    // a copy of its own, so that reading past the end can't find the rest
    const truncated = Buffer.alloc(length)
    reply.copy(truncated)
    expect(() => decode(truncated), `${length} of ${reply.length} bytes`).toThrow(RangeError)
  }
}
