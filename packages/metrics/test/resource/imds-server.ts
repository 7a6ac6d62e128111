// A stand-in for IMDSv2 on loopback, written after the AWS documentation, not captured from an instance:
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
// A hop limit that is too small drops the answer to the PUT for a token: for the client the request hangs.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** How a request is answered: 'answer' = as IMDS does; 'hang' = never; a number = that status; a body = 200 with it. */
export type Treatment = 'answer' | 'hang' | number | { readonly body: string }

export interface ImdsServer extends AsyncDisposable {
  readonly url: URL
  /** `METHOD /path` of every request, in order. */
  readonly requests: string[]
  /** Connections opened so far. */
  readonly connections: () => number
  /** ENI ids by MAC address; may be changed while the server is running. */
  readonly enis: Map<string, string>
  treat: (method: string, path: string) => Treatment
  /** Resolves when the n-th request (from 1) has arrived. */
  arrived(n: number): Promise<void>
}

export const DOCUMENT = {
  accountId: '123456789012',
  architecture: 'x86_64',
  availabilityZone: 'eu-central-1a',
  billingProducts: null,
  imageId: 'ami-0123456789abcdef0',
  instanceId: 'i-0af01c0123456789a',
  instanceType: 'm5.large',
  pendingTime: '2026-11-01T10:00:00Z',
  privateIp: '10.0.0.17',
  region: 'eu-central-1',
  version: '2017-09-30',
}

export async function startImdsServer(enis: Readonly<Record<string, string>> = {}): Promise<ImdsServer> {
  const tokens = new Set<string>()
  const waiting = new Map<number, () => void>()
  let connections = 0
  const server = createServer(handle)
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a server on loopback has a port')

  const imds: ImdsServer = {
    url: new URL(`http://127.0.0.1:${address.port}`),
    requests: [],
    connections: () => connections,
    enis: new Map(Object.entries(enis)),
    treat: () => 'answer',
    arrived(n) {
      if (imds.requests.length >= n) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.set(n, resolve)
      return promise
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = request
    imds.requests.push(`${method} ${url}`)
    waiting.get(imds.requests.length)?.()
    const treatment = imds.treat(method, url)
    if (treatment === 'hang') return
    if (typeof treatment === 'number') response.writeHead(treatment).end()
    else if (typeof treatment === 'object') response.end(treatment.body)
    else if (url === '/latest/api/token') giveToken(request, response)
    else answer(request, response)
  }

  function giveToken({ method, headers }: IncomingMessage, response: ServerResponse): void {
    if (method !== 'PUT') return void response.writeHead(405).end()
    const seconds = Number(headers['x-aws-ec2-metadata-token-ttl-seconds'])
    if (!(seconds >= 1 && seconds <= 21_600)) return void response.writeHead(400).end()
    // IMDS gives no token through a proxy.
    if (headers['x-forwarded-for'] !== undefined) return void response.writeHead(403).end()
    const token = `token-${imds.requests.length}==`
    tokens.add(token)
    response.setHeader('x-aws-ec2-metadata-token-ttl-seconds', seconds).end(token)
  }

  function answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    if (!tokens.has(String(headers['x-aws-ec2-metadata-token']))) return void response.writeHead(401).end()
    if (url === '/latest/dynamic/instance-identity/document') return void response.end(JSON.stringify(DOCUMENT))
    const mac = /^\/latest\/meta-data\/network\/interfaces\/macs\/([^/]+)\/interface-id$/.exec(url)?.[1]
    const eni = imds.enis.get(mac ?? '')
    if (eni === undefined) response.writeHead(404)
    response.end(eni)
  }

  return imds
}
