// HTTP_PROXY, HTTPS_PROXY and NO_PROXY, also in lower case. Loaded only when one of them is set.
import http, { type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions } from 'node:http'
import { isIPv6, type Socket } from 'node:net'

import { getProxyForUrl } from 'proxy-from-env'

import { decodePercent } from '@ena-otel/metrics/percent-encoding'
import { lookupCached } from './addresses.ts'
import { type Proxy, proxyRefusal } from './proxy-connection.ts'

/**
 * The proxy that the environment wants for this URL; `undefined` when there is none.
 *
 * @throws Error with one line, without credentials, when the variable is no URL of an HTTP proxy
 */
export async function findProxy(url: URL): Promise<Proxy | undefined> {
  const found = getProxyForUrl(url.href)
  if (found === '') return undefined
  const proxy = parse(found, url)
  const authorization = credentials(proxy)
  // The libraries print the URL when DEBUG is set, so they get it without credentials.
  proxy.username = proxy.password = ''
  const options = {
    lookup: lookupCached,
    headers: { ...(authorization !== undefined && { 'Proxy-Authorization': authorization }) },
  }
  const HttpAgent =
    url.protocol === 'https:'
      ? (await import('https-proxy-agent')).HttpsProxyAgent
      : (await import('http-proxy-agent')).HttpProxyAgent
  return {
    host: proxy.hostname.replaceAll(/^\[|\]$/g, ''),
    target: proxy.origin,
    agent: () => new HttpAgent(proxy, { ...options, keepAlive: true }),
    connect: (host, port, timeoutMillis) =>
      tunnel(proxy, options, `${isIPv6(host) ? `[${host}]` : host}:${port}`, timeoutMillis),
  }
}

function parse(found: string, { protocol }: URL): URL {
  const name = `${protocol.slice(0, -1).toUpperCase()}_PROXY`
  if (!URL.canParse(found)) throw new Error(`${name} is not a URL: write it as http://host:3128`)
  const proxy = new URL(found)
  if (/^https?:$/.test(proxy.protocol)) return proxy
  throw new Error(`${name} is not the URL of an HTTP proxy: write it as http://host:3128`)
}

function credentials({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const text = `${decodePercent(username) ?? username}:${decodePercent(password) ?? password}`
  return `Basic ${Buffer.from(text).toString('base64')}`
}

/** By hand, because the libraries drop what a server sends first: HTTP/2 begins with the server's settings. */
function tunnel(
  proxy: URL,
  options: Omit<RequestOptions, 'headers'> & { readonly headers: OutgoingHttpHeaders },
  target: string,
  timeoutMillis: number,
): Promise<Socket> {
  const { request: open } = proxy.protocol === 'https:' ? process.getBuiltinModule('node:https') : http
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const headers = { ...options.headers, host: target }
  const request = open(proxy, { ...options, headers, method: 'CONNECT', path: target, agent: false })
  const timer = setTimeout(() => request.destroy(new Error('the proxy did not answer in time')), timeoutMillis)
  request.on('connect', ({ statusCode, statusMessage: statusText }: IncomingMessage, socket: Socket, head: Buffer) => {
    clearTimeout(timer)
    const refusal = proxyRefusal({ statusCode, statusText })
    if (refusal) {
      socket.destroy()
      return reject(refusal)
    }
    if (head.length > 0) socket.unshift(head)
    resolve(socket)
  })
  request.on('error', (error) => {
    clearTimeout(timer)
    reject(error)
  })
  request.end()
  return promise
}
