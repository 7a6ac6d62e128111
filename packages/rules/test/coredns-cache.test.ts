// What the runbooks say of CoreDNS's cache, tried on a real CoreDNS: a reload empties it, and what `serve_stale` answers with.
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, expect, it } from 'vitest'

import { startCoredns } from '../../../test/harness/coredns.ts'
import { freePort } from '../../../test/harness/free-port.ts'
import { coredns } from '../../../test/tools/coredns.ts'

beforeAll(coredns) // the first time, that takes longer than a test may

const OLD = '192.0.2.1'
const NEW = '192.0.2.2'

describe.concurrent('the cache of CoreDNS', () => {
  it('is empty after a reload: a name that was cached is SERVFAIL 4 s later while the upstream is silent', async () => {
    await using dns = await cachingCoredns('cache 300', 300)
    expect(await dns.resolve()).toEqual([OLD])
    dns.upstream(undefined)
    expect(await dns.resolve()).toEqual([OLD]) // from the cache
    await dns.reload()
    const start = performance.now()
    await expect(dns.resolve()).rejects.toMatchObject({ code: 'ESERVFAIL' })
    expect((performance.now() - start) / 1000).toBeCloseTo(4, 0)
  }, 30_000)

  it('answers with an old address with serve_stale immediate, although the upstream has a new one', async () => {
    await using dns = await cachingCoredns(stale('immediate'), 1)
    expect(await dns.resolve()).toEqual([OLD])
    dns.upstream(NEW)
    await wait(1500) // its time to live is a second
    expect(await dns.resolve()).toEqual([OLD])
  }, 30_000)

  it('answers with the new address with serve_stale verify, and with the old one after 4 s while the upstream is silent', async () => {
    await using dns = await cachingCoredns(stale('verify'), 1)
    expect(await dns.resolve()).toEqual([OLD])
    dns.upstream(NEW)
    await wait(1500) // its time to live is a second
    expect(await dns.resolve()).toEqual([NEW])
    dns.upstream(undefined)
    await wait(1500)
    const start = performance.now()
    expect(await dns.resolve()).toEqual([NEW])
    expect((performance.now() - start) / 1000).toBeCloseTo(4, 0)
  }, 30_000)
})

/** Entries may expire after a second, which is below the plugin's default. */
const stale = (mode: string): string => `cache {\n    success 100 300 0\n    serve_stale 1h ${mode}\n  }`

interface CachingCoredns extends AsyncDisposable {
  /** Asks for one name, always the same. */
  readonly resolve: () => Promise<readonly string[]>
  /** From now on the upstream answers with this address, or not at all. */
  readonly upstream: (address: string | undefined) => void
  readonly reload: () => Promise<void>
}

/** A CoreDNS with this cache, and an upstream that answers with `OLD`. */
async function cachingCoredns(cache: string, ttl: number): Promise<CachingCoredns> {
  await using parts = new AsyncDisposableStack()
  let address: string | undefined = OLD
  const socket = createSocket('udp4')
  parts.defer(() => void socket.close())
  socket.on('message', (question, { port, address: from }) => {
    if (address !== undefined) socket.send(answer(question, address, ttl), port, from)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const port = await freePort()
  const server = parts.use(
    await startCoredns(`.:${port} {\n  ${cache}\n  forward . 127.0.0.1:${socket.address().port}\n}\n`),
  )
  const owned = parts.move()
  return {
    resolve: async () => {
      const client = new Resolver({ timeout: 15_000, tries: 1 })
      client.setServers([`127.0.0.1:${port}`])
      return client.resolve4('one.example')
    },
    upstream: (next) => {
      address = next
    },
    reload: async () => {
      process.kill(server.pid(), 'SIGUSR1') // as after a change of the Corefile
      await server.logged(/Reloading complete/)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** RFC 1035, 4.1: the question again, and one address for it. */
function answer(question: Buffer, address: string, ttl: number): Buffer {
  const end = question.indexOf(0, 12) + 5 // the name's end, type and class
  const header = Buffer.from(question.subarray(0, 12))
  header.set([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0], 2) // a response; one question, one answer
  const record = Buffer.from([
    0xc0,
    0x0c,
    0,
    1,
    0,
    1,
    0,
    0,
    ttl >> 8,
    ttl & 255,
    0,
    4,
    ...address.split('.').map(Number),
  ])
  return Buffer.concat([header, question.subarray(12, end), record])
}
