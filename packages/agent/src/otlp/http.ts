// OTLP/HTTP: https://opentelemetry.io/docs/specs/otlp/, "OTLP/HTTP".
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp, STATUS_CODES } from 'node:http'

import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'

import { lookupCached } from './addresses.ts'
import type { ConnectionOptions } from './connection.ts'
import { httpResponse, noResponse, responseTooLong, retryAfter } from './export-response.ts'
import { type ProxyAnswer, proxyRefusal } from './proxy-refusal.ts'
import { createResponseBody } from './response-body.ts'

/** A transport over one connection that is kept alive. `send` never rejects. */
export function connectHttp({ url, host, headers, isCompressed, tls, proxy }: ConnectionOptions): IExporterTransport {
  const https = url.protocol === 'https:' ? loadHttps() : undefined
  const options = { keepAlive: true, lookup: lookupCached, ...tls }
  const direct = (): Agent => (https ? new https.Agent(options) : new Agent(options))
  const agent = proxy?.agent() ?? direct()
  const open = https?.request ?? requestHttp
  const post = async (data: Uint8Array, timeoutMillis: number): Promise<ExportResponse> => {
    const request = open(url, {
      agent,
      method: 'POST',
      headers: {
        ...headers(),
        'content-type': 'application/x-protobuf',
        ...(isCompressed && { 'content-encoding': 'gzip' }),
      },
      ...(proxy && https && { ...tls, checkServerIdentity: identityOf(host) }),
    })
    const timer = setTimeout(() => request.destroy(new Error('Request timed out')), timeoutMillis)
    try {
      const response = await responseTo(request, data)
      const body = createResponseBody()
      for await (const chunk of response as AsyncIterable<Buffer>) if (!body.add(chunk)) return responseTooLong()
      return toExportResponse(response, body.bytes())
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    send: (data, timeoutMillis) => post(data, timeoutMillis).catch(noResponse),
    shutdown: () => agent.destroy(),
  }
}

function responseTo(request: ClientRequest, data: Uint8Array): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
    request.on('proxyConnect', (answer: ProxyAnswer) => {
      const refusal = proxyRefusal(answer)
      if (refusal) request.destroy(refusal)
    })
    request.end(data)
  })
}

function toExportResponse({ statusCode = 0, headers }: IncomingMessage, data: Buffer): ExportResponse {
  if (statusCode >= 200 && statusCode < 300) return { status: 'success', data }
  const reason = `${STATUS_CODES[statusCode] ?? 'an answer'} (status ${statusCode})`
  return httpResponse(statusCode, reason, retryAfter(headers['retry-after'], Date.now()))
}

/** Through a proxy, TLS is not told the collector's address, so it would check a certificate against another name. */
function identityOf(host: string): typeof import('node:tls').checkServerIdentity {
  return (_name, certificate) => process.getBuiltinModule('node:tls').checkServerIdentity(host, certificate)
}

/** Loaded for https:// only: TLS takes 4 MB. */
function loadHttps(): typeof import('node:https') {
  return process.getBuiltinModule('node:https')
}
