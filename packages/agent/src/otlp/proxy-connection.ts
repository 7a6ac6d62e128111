// What a connection through a proxy needs.
import type { Agent, ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { checkServerIdentity } from 'node:tls'

export interface Proxy {
  /** Name or address. */
  readonly host: string
  /** Safe to print: without credentials. */
  readonly target: string
  /** An agent for HTTP requests: CONNECT for https://, the URL in absolute form for http://. */
  readonly agent: () => Agent
  /**
   * A TCP connection through the proxy (CONNECT).
   *
   * @throws Error when the proxy refuses it, or doesn't answer in time
   */
  readonly connect: (host: string, port: number, timeoutMillis: number) => Promise<Socket>
}

/** What a proxy answers to CONNECT. It is not the collector's answer. For http:// there is no CONNECT, and no status. */
export interface ProxyAnswer {
  readonly statusCode?: number | undefined
  readonly statusText?: string | undefined
}

/** Why a proxy refused a connection; `undefined` when it accepted it. */
export function proxyRefusal({ statusCode = 200, statusText = '' }: ProxyAnswer): Error | undefined {
  if (statusCode === 200) return undefined
  return new Error(`the proxy refused the connection: ${statusCode} ${statusText}`.trim())
}

/** Lets a request fail when the proxy refuses the connection. */
export function failOnRefusal(request: ClientRequest): void {
  request.on('proxyConnect', (answer: ProxyAnswer) => {
    const refusal = proxyRefusal(answer)
    if (refusal) request.destroy(refusal)
  })
}

/** Through a proxy, TLS is not told the collector's address, so it would check a certificate against another name. */
export function identityOf(host: string): typeof checkServerIdentity {
  return (_name, certificate) => process.getBuiltinModule('node:tls').checkServerIdentity(host, certificate)
}
