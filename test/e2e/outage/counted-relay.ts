// A relay from agents to a collector that counts their gRPC requests and bytes.
import { relay, type TcpRelay } from '../../harness/relay.ts'

export interface Request {
  /** When its first byte passed, milliseconds since the epoch. */
  readonly atMs: number
  /** Which connection it came on. */
  readonly connection: number
  /** Its message as it is on the wire, less HTTP/2's frames. */
  bytes: number
}

export interface CountedWay extends TcpRelay {
  /** For the agents: `http://127.0.0.1:41939`. */
  readonly endpoint: string
  /** In the order of arrival, also those that came while the collector was away. */
  readonly requests: () => readonly Request[]
}

/** @param target the collector's own: `http://127.0.0.1:41940` */
export async function countedWay(target: string): Promise<CountedWay> {
  const requests: Request[] = []
  const through = await relay(Number(new URL(target).port), (inside, connection) => {
    const byStream = new Map<number, Request>()
    inside.on(
      'data',
      frames(({ type, stream, length }) => {
        if (type === HEADERS) {
          const request: Request = { atMs: Date.now(), connection, bytes: 0 }
          byStream.set(stream, request)
          requests.push(request)
        }
        const request = byStream.get(stream)
        if (type === DATA && request !== undefined) request.bytes += length
      }),
    )
  })
  return { ...through, endpoint: `http://127.0.0.1:${through.port}`, requests: () => requests }
}

interface Frame {
  readonly type: number
  readonly stream: number
  /** Of its payload. */
  readonly length: number
}

// RFC 9113, 6.1 and 6.2.
const DATA = 0
const HEADERS = 1
/** RFC 9113, 3.4: `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n` */
const PREFACE_BYTES = 24
/** RFC 9113, 4.1: length (24 bits), type (8), flags (8), stream (32). */
const HEADER_BYTES = 9

/** Parses the frames that a client sends, a chunk at a time. */
function frames(seen: (frame: Frame) => void): (chunk: Buffer) => void {
  let header = Buffer.alloc(0)
  let toSkip = PREFACE_BYTES
  return (chunk) => {
    let rest = chunk
    while (rest.length > 0) {
      const skipped = Math.min(toSkip, rest.length)
      toSkip -= skipped
      rest = rest.subarray(skipped)
      if (toSkip > 0 || rest.length === 0) return
      const missing = HEADER_BYTES - header.length
      header = Buffer.concat([header, rest.subarray(0, missing)])
      rest = rest.subarray(missing)
      if (header.length < HEADER_BYTES) return
      toSkip = header.readUIntBE(0, 3)
      seen({ type: header.readUInt8(3), stream: header.readUInt32BE(5) & 0x7fffffff, length: toSkip })
      header = Buffer.alloc(0)
    }
  }
}

/** What an agent that catches up may send in a second: a request a 250 ms, and one more at the edge. */
export const MAX_PER_SECOND = 5

/** The most requests that came within a second. */
export function mostInASecond(requests: readonly Request[]): number {
  const times = requests.map(({ atMs }) => atMs).toSorted((a, b) => a - b)
  let most = 0
  for (let first = 0, last = 0; last < times.length; last++) {
    while (times[last]! - times[first]! >= 1000) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

export function bytesOf(requests: readonly Request[]): number {
  return requests.reduce((sum, { bytes }) => sum + bytes, 0)
}
