// What a proxy answers to CONNECT. It is not the collector's answer.

/** What the event `proxyConnect` carries; for http:// there is no CONNECT, and no status. */
export interface ProxyAnswer {
  readonly statusCode?: number | undefined
  readonly statusText?: string | undefined
}

/** Why a proxy refused a connection; `undefined` when it accepted it. */
export function proxyRefusal({ statusCode = 200, statusText = '' }: ProxyAnswer): Error | undefined {
  if (statusCode === 200) return undefined
  return new Error(`the proxy refused the connection: ${statusCode} ${statusText}`.trim())
}
