import { once } from 'node:events'
import { createServer, type IncomingMessage, request as requestHttp } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { openTransport } from '../../src/otlp/transport.ts'
import { PEM, startGrpcCollector, startHttpCollector } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { transportOptions } from './transport-options.ts'

interface TestProxy {
  readonly port: number
  /** `CONNECT host:port` or `POST http://…` with the credentials. */
  readonly requests: string[]
}

/** A forward proxy on the loopback. @param refuse answers with this status instead */
async function startProxy(refuse?: number): Promise<TestProxy> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const note = ({ method, url, headers }: IncomingMessage): void => {
    const [, credentials = ''] = /^Basic (.*)$/.exec(headers['proxy-authorization'] ?? '') ?? []
    requests.push(`${method} ${url} ${Buffer.from(credentials, 'base64').toString()}`.trim())
  }
  const server = createServer((incoming, response) => {
    note(incoming)
    if (refuse !== undefined) return void response.writeHead(refuse).end()
    const { method, headers } = incoming
    const outgoing = requestHttp(incoming.url!, { method: method!, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(outgoing)
  })
  server.on('connect', (incoming, client: Socket) => {
    note(incoming)
    sockets.add(client)
    if (refuse !== undefined) return void client.end(`HTTP/1.1 ${refuse} Refused\r\n\r\n`)
    const upstream = connect(Number(incoming.url!.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => client.destroy()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
    for (const socket of sockets) socket.destroy()
  })
  return { port: (server.address() as AddressInfo).port, requests }
}

function setEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
}

describe.each([
  ['grpc', startGrpcCollector],
  ['http/protobuf', startHttpCollector],
] as const)('over %s', (protocol, start) => {
  const inPlainText = (port: number): string =>
    protocol === 'grpc' ? `CONNECT localhost:${port}` : `POST http://localhost:${port}/v1/metrics`

  test.each(['HTTP_PROXY', 'http_proxy'])(
    'an export in plain text goes through %s, with its credentials',
    async (name) => {
      const [collector, proxy] = [await start(), await startProxy()]
      setEnvironment({ [name]: `http://me:se%40cret@127.0.0.1:${proxy.port}` })
      const endpoint = `http://localhost:${collector.port}`
      const { transport } = await openTransport(transportOptions({ protocol, endpoint }))
      onTestFinished(() => transport.shutdown())
      for (let i = 0; i < 2; i++) expect((await transport.send(oneRequest(), 5_000)).status).toBe('success')
      expect(collector.received.map(({ body }) => body.equals(oneRequest()))).toEqual([true, true])
      expect(new Set(proxy.requests)).toEqual(new Set([`${inPlainText(collector.port)} me:se@cret`]))
    },
  )

  test('an export with TLS goes through HTTPS_PROXY, and the certificate is checked against the collector', async () => {
    const [collector, proxy] = [await start({ tls: true }), await startProxy()]
    setEnvironment({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` })
    const statuses: unknown[] = []
    for (const host of ['localhost', '127.0.0.1', '127.0.0.2']) {
      const endpoint = `https://${host}:${collector.port}`
      const options = transportOptions({ protocol, endpoint, certificate: PEM.authority })
      const { transport } = await openTransport(options)
      onTestFinished(() => transport.shutdown())
      statuses.push((await transport.send(oneRequest(), 5_000)).status)
    }
    expect(statuses).toEqual(['success', 'success', 'retryable'])
    expect(proxy.requests).toEqual(
      ['localhost', '127.0.0.1', '127.0.0.2'].map((host) => `CONNECT ${host}:${collector.port}`),
    )
  })

  test.each(['NO_PROXY', 'no_proxy'])('a host in %s is reached directly', async (name) => {
    const [collector, proxy] = [await start(), await startProxy()]
    setEnvironment({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, [name]: 'other.test,localhost' })
    const endpoint = `http://localhost:${collector.port}`
    const { transport } = await openTransport(transportOptions({ protocol, endpoint }))
    onTestFinished(() => transport.shutdown())
    expect((await transport.send(oneRequest(), 5_000)).status).toBe('success')
    expect(proxy.requests).toEqual([])
  })

  test.each(['http', 'https'])(
    'a refusal by the proxy of %s:// is retryable, and does not show its password',
    async (scheme) => {
      const proxy = await startProxy(407)
      setEnvironment({ [`${scheme}_proxy`]: `http://me:secret@127.0.0.1:${proxy.port}` })
      const endpoint = `${scheme}://collector.invalid:4319`
      const { target, transport } = await openTransport(transportOptions({ protocol, endpoint }))
      onTestFinished(() => transport.shutdown())
      const response = await transport.send(oneRequest(), 5_000)
      expect(response).toMatchObject({
        status: 'retryable',
        error: {
          message: expect.stringMatching(new RegExp(`407.*\\(through the proxy http://127.0.0.1:${proxy.port}\\)$`)),
        },
      })
      expect(JSON.stringify([target, String((response as { error?: Error }).error)])).not.toContain('secret')
    },
  )
})

test.each([
  ['http://me:secret@[', 'HTTP_PROXY is not a URL: write it as http://host:3128'],
  ['socks5://me:secret@a', 'HTTP_PROXY is not the URL of an HTTP proxy: write it as http://host:3128'],
])('a proxy variable that can not be used is one line without the password: %#', async (proxy, message) => {
  setEnvironment({ HTTP_PROXY: proxy })
  await expect(openTransport(transportOptions({ endpoint: 'http://a:4317' }))).rejects.toThrow(new Error(message))
})
