// OTLP/HTTP: https://opentelemetry.io/docs/specs/otlp/, "OTLP/HTTP".
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp, STATUS_CODES } from 'node:http'

import { lookupKnown } from './addresses.ts'
import { httpReply, MOST_REPLY_BYTES, type Reply, retryAfter, takenReply, TOO_LONG } from './reply.ts'
import type { Connection, ConnectionOptions } from './transport.ts'

export function connectHttp({ url, headers, isCompressed, timeout, tls }: ConnectionOptions): Connection {
  const isTls = url.protocol === 'https:'
  const https = isTls ? loadHttps() : undefined
  const agent = https
    ? new https.Agent({ keepAlive: true, lookup: lookupKnown, ...tls })
    : new Agent({ keepAlive: true, lookup: lookupKnown })
  const open = https?.request ?? requestHttp
  const options = {
    agent,
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/x-protobuf',
      ...(isCompressed && { 'content-encoding': 'gzip' }),
    },
  }
  const send = (request: ClientRequest, body: Buffer): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request.on('response', resolve)
      request.on('error', reject)
      request.end(body)
    })
  return {
    post: async (body) => {
      const request = open(url, options)
      const timer = setTimeout(() => request.destroy(new Error('Request timed out')), timeout)
      try {
        const response = await send(request, body)
        const chunks: Buffer[] = []
        let length = 0
        for await (const chunk of response as AsyncIterable<Buffer>) {
          length += chunk.length
          if (length > MOST_REPLY_BYTES) return TOO_LONG
          chunks.push(chunk)
        }
        return toReply(response, Buffer.concat(chunks))
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => agent.destroy(),
  }
}

function toReply({ statusCode = 0, headers }: IncomingMessage, body: Buffer): Reply {
  if (statusCode >= 200 && statusCode < 300) return takenReply(body)
  const reason = `${STATUS_CODES[statusCode] ?? 'an answer'} (status ${statusCode})`
  return httpReply(statusCode, reason, retryAfter(headers['retry-after'], Date.now()))
}

/** Only where it is wanted: TLS is 4 MB. */
function loadHttps(): typeof import('node:https') {
  return process.getBuiltinModule('node:https')
}
