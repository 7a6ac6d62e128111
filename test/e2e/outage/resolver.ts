// The DNS of a node's pods: a real CoreDNS, which asks a resolver that knows one name. As on an ENI over its limit, the packets to the
// resolver can be lost.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { serverProcess } from '../../amp/server-process.ts'
import { startCoredns } from '../../harness/coredns.ts'

/** What it knows, at 127.0.0.1: the collector, as seen from the node. */
export const COLLECTOR = 'collector.example'

export interface NodeDns extends AsyncDisposable {
  /** The path of a resolv.conf that names it. */
  readonly resolvConf: string
  /** From now on the packets to the resolver are lost, as from the start where `isAlive` is false. */
  readonly die: () => void
  readonly live: () => void
  /** How many questions have come to the resolver, answered or not. */
  readonly questions: () => number
}

/** @param within makes a command one that runs in the node's network, where nobody else has port 53 */
export async function nodeDns(
  within: (command: readonly string[]) => readonly string[],
  isAlive: boolean,
): Promise<NodeDns> {
  await using parts = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-dns-'))
  parts.defer(() => rmSync(folder, { recursive: true }))
  const [alive, resolvConf] = [join(folder, 'alive'), join(folder, 'resolv.conf')]
  const live = (): void => writeFileSync(alive, '')
  if (isAlive) live()
  writeFileSync(resolvConf, 'nameserver 127.0.0.1\n')
  const resolver = parts.use(
    await serverProcess({
      name: 'resolver',
      command: () => within([process.execPath, '-e', RESOLVER, alive]),
      ready: (line) => line === 'ready' || undefined,
    }),
  )
  parts.use(await startCoredns(`.:53 {\n  forward . 127.0.0.1:${RESOLVER_PORT}\n}\n`, within))
  const owned = parts.move()
  return {
    resolvConf,
    live,
    die: () => rmSync(alive),
    questions: () => resolver.log().split('question').length - 1,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const RESOLVER_PORT = 5300

/** RFC 1035, 4.1: the question again, and for the name one address where an address of IPv4 is asked for (type A, class IN). */
const RESOLVER = `
const { existsSync } = require('node:fs')
const socket = require('node:dgram').createSocket('udp4')
const NAME = Buffer.from('\\x09collector\\x07example\\x00', 'latin1')
socket.on('message', (question, { port, address }) => {
  const isOurs = question.subarray(12, 12 + NAME.length).equals(NAME)
  if (isOurs) console.error('question')
  if (!existsSync(process.argv[1])) return
  const end = question.indexOf(0, 12) + 5
  const isAddress = isOurs && question.readUInt16BE(end - 4) === 1
  const header = Buffer.from(question.subarray(0, 12))
  header.set([0x81, 0x80, 0, 1, 0, isAddress ? 1 : 0, 0, 0, 0, 0], 2)
  const record = isAddress ? [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1] : []
  socket.send(Buffer.concat([header, question.subarray(12, end), Buffer.from(record)]), port, address)
})
socket.bind(${RESOLVER_PORT}, '127.0.0.1', () => console.error('ready'))`
