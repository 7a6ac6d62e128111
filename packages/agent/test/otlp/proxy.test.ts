import { createServer, type IncomingMessage, request as requestHttp } from 'node:http'
import { connect, type Socket } from 'node:net'

import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { DEFAULTS } from '../../src/config/options.ts'
import { openTransport } from '../../src/otlp/transport.ts'
import { listen, PEM, PROTOCOLS } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { open, push } from './open-transport.ts'

interface TestProxy {
  readonly port: number
  /** `CONNECT host:port` or `POST http://…` with the credentials. */
  readonly requests: string[]
}

/** A forward proxy on the loopback. @param refuse answers with this status instead */
async function startProxy(refuse?: number): Promise<TestProxy> {
  const requests: string[] = []
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
    if (refuse !== undefined) return void client.end(`HTTP/1.1 ${refuse} Refused\r\n\r\n`)
    const upstream = connect(Number(incoming.url!.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    for (const socket of [client, upstream]) socket.on('error', () => client.destroy())
  })
  return { port: await listen(server), requests }
}

function setEnvironment(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
}

describe.each(PROTOCOLS)('over %s', (protocol, start) => {
  const inPlainText = (port: number): string =>
    protocol === 'grpc' ? `CONNECT localhost:${port}` : `POST http://localhost:${port}/v1/metrics`

  test.each(['HTTP_PROXY', 'http_proxy'])(
    'an export in plain text goes through %s, with its credentials',
    async (name) => {
      const [collector, proxy] = [await start(), await startProxy()]
      setEnvironment({ [name]: `http://me:se%40cret@127.0.0.1:${proxy.port}` })
      const transport = await open({ protocol, endpoint: `http://localhost:${collector.port}` })
      for (let i = 0; i < 2; i++) expect((await transport.send(oneRequest(), 5_000)).status).toBe('success')
      expect(collector.received.map(({ body }) => body.equals(oneRequest()))).toEqual([true, true])
      expect(new Set(proxy.requests)).toEqual(new Set([`${inPlainText(collector.port)} me:se@cret`]))
    },
  )

  test('an export with TLS goes through HTTPS_PROXY, and the certificate is checked against the collector', async () => {
    const [{ port }, proxy] = [await start({ tls: true }), await startProxy()]
    setEnvironment({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` })
    const hosts = ['localhost', '127.0.0.1', '127.0.0.2']
    const statuses: unknown[] = []
    for (const host of hosts)
      statuses.push((await push({ protocol, endpoint: `https://${host}:${port}`, certificate: PEM.authority })).status)
    expect(statuses).toEqual(['success', 'success', 'retryable'])
    expect(proxy.requests).toEqual(hosts.map((host) => `CONNECT ${host}:${port}`))
  })

  test.each(['NO_PROXY', 'no_proxy'])('a host in %s is reached directly', async (name) => {
    const [{ port }, proxy] = [await start(), await startProxy()]
    setEnvironment({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, [name]: 'other.test,localhost' })
    expect((await push({ protocol, endpoint: `http://localhost:${port}` })).status).toBe('success')
    expect(proxy.requests).toEqual([])
  })

  test.each(['http', 'https'])('a refusal by the proxy of %s:// is retryable, without its password', async (scheme) => {
    const { port } = await startProxy(407)
    setEnvironment({ [`${scheme}_proxy`]: `http://me:secret@127.0.0.1:${port}` })
    const response = await push({ protocol, endpoint: `${scheme}://collector.invalid:4319` })
    const message = expect.stringMatching(new RegExp(`407.*\\(through the proxy http://127.0.0.1:${port}\\)$`))
    expect(response).toMatchObject({ status: 'retryable', error: { message } })
    expect(String((response as { error?: Error }).error)).not.toContain('secret')
  })
})

test.each([
  ['http://me:secret@[', 'HTTP_PROXY is not a URL: write it as http://host:3128'],
  ['socks5://me:secret@a', 'HTTP_PROXY is not the URL of an HTTP proxy: write it as http://host:3128'],
])('a proxy variable that can not be used is one line without the password: %#', async (proxy, message) => {
  setEnvironment({ HTTP_PROXY: proxy })
  await expect(openTransport({ ...DEFAULTS, endpoint: 'http://a:4317' })).rejects.toThrow(new Error(message))
})
