// A real CoreDNS whose way to its resolver loses packets, as an ENI over its limit does.
import { createSocket, type Socket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { type ServerProcess, serverProcess } from '../amp/server-process.ts'
import { freePorts } from './free-port.ts'
import { coredns } from '../tools/coredns.ts'

export interface LossyCoredns extends AsyncDisposable {
  /** Of its metrics: `http://127.0.0.1:PORT/metrics`. */
  readonly metricsPort: number
  /**
   * Asks it for the addresses of NAME.example. The packets of names that begin with `lost` are lost, of `lost-once` only the first.
   *
   * @throws Error with `code`: ESERVFAIL when CoreDNS had no answer from the resolver, after 6 s
   */
  readonly resolve: (name: string) => Promise<readonly string[]>
}

/** Starts CoreDNS with this Corefile. @param within makes a command one that runs in another network */
export async function startCoredns(
  corefile: string,
  within: (command: readonly string[]) => readonly string[] = (command) => command,
): Promise<ServerProcess<true>> {
  const program = await coredns()
  return serverProcess({
    name: 'coredns',
    command: (folder) => {
      const file = join(folder, 'Corefile')
      writeFileSync(file, corefile)
      return within(['sh', '-c', 'exec "$@" >&2', 'sh', program, '-conf', file]) // its log is on stdout
    },
    ready: (line) => line.startsWith('CoreDNS-') || undefined,
  })
}

/** Starts CoreDNS and the resolver; it answers when this resolves. Health checks are lost, too. */
export async function lossyCoredns(): Promise<LossyCoredns> {
  await using parts = new AsyncDisposableStack()
  const resolver = await lossyResolver()
  parts.defer(() => void resolver.close())
  const [dns, metricsPort] = await freePorts(2)
  const plugins = `prometheus 127.0.0.1:${metricsPort}\n  cache 30\n  forward . 127.0.0.1:${resolver.address().port}`
  parts.use(await startCoredns(`.:${dns} {\n  ${plugins}\n}\n`))
  const owned = parts.move()
  return {
    metricsPort: metricsPort!,
    // A resolver for each, as c-ares waits less for a server that was fast before.
    resolve: async (name) => {
      const client = new Resolver({ timeout: 15_000, tries: 1 })
      client.setServers([`127.0.0.1:${dns}`])
      return client.resolve4(`${name}.example`)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Answers questions for addresses; loses those for names that begin with `lost`, and health checks, which ask for NS. */
async function lossyResolver(): Promise<Socket> {
  const socket = createSocket('udp4')
  let lostOnce = 0
  socket.on('message', (question, { port, address }) => {
    const isAddress = question.includes(Buffer.from([0, 0, 1, 0, 1])) // end of the name, type A, class IN
    const isSecondTry = question.includes('lost-once') && lostOnce++ > 0
    if (!isAddress || (question.includes('lost') && !isSecondTry)) return
    socket.send(answer(question), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** RFC 1035, 4.1: the question again, and one address for it. */
function answer(question: Buffer): Buffer {
  const end = question.indexOf(0, 12) + 5 // the name's end, type and class
  const header = Buffer.from(question.subarray(0, 12))
  header.set([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0], 2) // a response; one question, one answer
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1])
  return Buffer.concat([header, question.subarray(12, end), record])
}
