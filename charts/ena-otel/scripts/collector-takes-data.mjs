// helm test for a collector that isn't the chart's: whether it takes an export from where the agents are, with their headers and
// certificates. The export is empty, so that no series of it stays anywhere.
import { readFileSync } from 'node:fs'
import { connect } from 'node:http2'
import { request } from 'node:https'
import { request as plainRequest } from 'node:http'

const { ENA_OTEL_ENDPOINT, ENA_OTEL_PROTOCOL, ENA_OTEL_HEADER = '', ...env } = process.env
const endpoint = new URL(ENA_OTEL_ENDPOINT)
const file = (path) => path && readFileSync(path)
const tls = {
  ca: file(env.ENA_OTEL_CERTIFICATE),
  cert: file(env.ENA_OTEL_CLIENT_CERTIFICATE),
  key: file(env.ENA_OTEL_CLIENT_KEY),
}
const headers = Object.fromEntries(
  ENA_OTEL_HEADER.split(',')
    .filter((entry) => entry.includes('='))
    .map((entry) => [entry.slice(0, entry.indexOf('=')).trim().toLowerCase(), decodeURIComponent(entry.slice(entry.indexOf('=') + 1).trim())]),
)

setTimeout(() => end('did not answer within 15 s'), 15_000).unref()
try {
  end(ENA_OTEL_PROTOCOL === 'grpc' ? await grpc() : await http())
} catch (error) {
  end(error.message)
}

/** What is wrong, or nothing. An empty ExportMetricsServiceRequest is a frame of no bytes: 5 bytes of head. */
async function grpc() {
  if (endpoint.protocol === 'http:' && endpoint.port === '') endpoint.port = '4317'
  const session = connect(endpoint.origin, tls)
  const path = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'
  return new Promise((resolve, reject) => {
    session.on('error', reject)
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers })
    let status
    const look = (fields) => {
      status = fields['grpc-status'] ?? status
      if (fields[':status'] !== undefined && fields[':status'] !== 200) resolve(`answered ${fields[':status']}`)
      else if (status !== undefined) resolve(status === '0' ? undefined : `answered gRPC ${status} ${fields['grpc-message'] ?? ''}`)
    }
    stream.on('response', look).on('trailers', look).on('error', reject).on('end', () => resolve('is no gRPC server')).resume()
    stream.end(Buffer.alloc(5))
  })
}

async function http() {
  if (!/\/v1\/metrics\/?$/.test(endpoint.pathname)) endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, '')}/v1/metrics`
  const options = { method: 'POST', headers: { 'content-type': 'application/x-protobuf', ...headers }, ...tls }
  return new Promise((resolve, reject) => {
    const send = endpoint.protocol === 'https:' ? request : plainRequest
    send(endpoint, options, ({ statusCode }) => resolve(statusCode === 200 ? undefined : `answered ${statusCode}`))
      .on('error', reject)
      .end()
  })
}

function end(problem) {
  console[problem ? 'error' : 'log'](`${endpoint.origin}: ${problem ?? 'the collector takes our exports'}`)
  process.exit(problem ? 1 : 0)
}
