// OTLP/HTTP: https://opentelemetry.io/docs/specs/otlp/, "OTLP/HTTP".
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp, STATUS_CODES } from 'node:http'

import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'

import { lookupCached } from './addresses.ts'
import type { ConnectionOptions } from './connection.ts'
import { addChunk, httpResponse, reasonIn, responseTooLong, retryAfter } from './export-response.ts'
import { failOnRefusal, identityOf } from './proxy-connection.ts'

/** A transport over one connection that is kept alive. `send` rejects when there is no answer. */
export function connectHttp({ url, host, headers, isCompressed, tls, proxy }: ConnectionOptions): IExporterTransport {
  // Loaded for https:// only: TLS takes 4 MB.
  const https = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : undefined
  const agent = proxy?.agent() ?? new (https?.Agent ?? Agent)({ keepAlive: true, lookup: lookupCached, ...tls })
  const open = https?.request ?? requestHttp
  const send = async (data: Uint8Array, timeoutMillis: number): Promise<ExportResponse> => {
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
    let timeout: Error | undefined
    const timer = setTimeout(() => {
      timeout = new Error('Request timed out')
      request.destroy(timeout)
    }, timeoutMillis)
    try {
      const response = await responseTo(request, data)
      const body: Buffer[] = []
      for await (const chunk of response as AsyncIterable<Buffer>) if (!addChunk(body, chunk)) return responseTooLong()
      return toExportResponse(response, Buffer.concat(body))
    } catch (error) {
      throw timeout ?? error // a body that stalled is reported as cut off
    } finally {
      clearTimeout(timer)
    }
  }
  return { send, shutdown: () => agent.destroy() }
}

function responseTo(request: ClientRequest, data: Uint8Array): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
    failOnRefusal(request)
    request.end(data)
  })
}

function toExportResponse({ statusCode = 0, headers }: IncomingMessage, data: Buffer): ExportResponse {
  if (statusCode >= 200 && statusCode < 300) return { status: 'success', data }
  const status = `${STATUS_CODES[statusCode] ?? 'an answer'} (status ${statusCode})`
  const reason = reasonIn(headers, data)
  const text = reason === undefined ? status : `${status}: ${reason}`
  return httpResponse(statusCode, text, retryAfter(headers['retry-after'], Date.now()))
}
