// The way from agents to a collector, on which their gRPC requests are counted as they pass: the bytes are the agents' own.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Request {
  /** When its first byte passed, milliseconds since the epoch. */
  readonly atMs: number
  /** Which connection it came on. */
  readonly connection: number
  /** Its message as it is on the wire, less HTTP/2's frames. */
  bytes: number
}

export interface CountedWay extends AsyncDisposable {
  /** What an agent is told: `http://127.0.0.1:41939`. */
  readonly endpoint: string
  /** In the order of their arrival; those too that came while nobody was behind. */
  readonly requests: () => readonly Request[]
  readonly connections: () => number
  /** From now on everything is lost on it, without a word; until `false` is given. Connections that were made before that stay dead. */
  readonly lose: (isLost: boolean) => void
}

/** @param target the collector's own: `http://127.0.0.1:41940` */
export async function countedWay(target: string): Promise<CountedWay> {
  const { hostname, port } = new URL(target)
  const requests: Request[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let isLost = false
  const server = createServer((inside) => {
    connections++
    sockets.add(inside)
    if (isLost) {
      inside
        .resume()
        .once('close', () => sockets.delete(inside))
        .once('error', () => inside.destroy())
      return
    }
    const outside = connect({ host: hostname, port: Number(port) })
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(one)
      one.once('error', () => other.destroy())
      one.once('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
    const connection = connections
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
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as { readonly port: number }
  return {
    endpoint: `http://127.0.0.1:${own}`,
    requests: () => requests,
    connections: () => connections,
    lose: (now) => {
      isLost = now
      for (const socket of now ? sockets : []) socket.unpipe().resume()
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
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

/** Understands what a client sends, a chunk at a time. */
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
export const MOST_A_SECOND = 5

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
