// Servers that do not behave as a collector, a row each: what one sends, what becomes of the request, and the line that the log has.
import type { OutgoingHttpHeaders } from 'node:http2'
import { gzipSync } from 'node:zlib'

interface Outcome {
  readonly title: string
  readonly status: 'success' | 'retryable' | 'failure'
  /** The reason for a log; `undefined` after a success. */
  readonly says?: string
  /** The request was refused for its size. */
  readonly isTooLarge?: true
}

/** What a server sends as it is, without a protocol, as soon as it receives something. */
export interface RawServer extends Outcome {
  readonly sends: string | Buffer
  /** `stall`: the connection stays open, and nothing else comes. */
  readonly ends: 'close' | 'reset' | 'stall'
}

/** What a server answers over HTTP/2. */
export interface Http2Server extends Outcome {
  readonly headers: OutgoingHttpHeaders
  readonly body?: string | Buffer
  readonly trailers?: OutgoingHttpHeaders
}

/** An answer of HTTP/1.1. */
function answer(status: string, contentType: string, body: string | Buffer): Buffer {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), Buffer.from(body)])
}

// google.rpc.Status { code: 3, message: "out of order sample" }
const STATUS = Buffer.concat([Buffer.from('08031213', 'hex'), Buffer.from('out of order sample')])

// The same with { message: "http: request body too large" }
const TOO_LARGE_STATUS = Buffer.concat([Buffer.from('0803121c', 'hex'), Buffer.from('http: request body too large')])

const NGINX = `<html>\r
<head><title>413 Request Entity Too Large</title></head>\r
<body>\r
<center><h1>413 Request Entity Too Large</h1></center>\r
<hr><center>nginx/1.27.0</center>\r
</body>\r
</html>\r
`

/** A terminal takes these for: set the title, clear the screen, go to the start of the line. */
const TERMINAL = '\x1b]0;owned\x07\x1b[2J\rall is well\u009b1m'

export const HTTP_SERVERS: readonly RawServer[] = [
  {
    title: 'refuses with a text',
    sends: answer('401 Unauthorized', 'text/plain', 'missing bearer token\n'),
    ends: 'close',
    status: 'failure',
    says: 'Unauthorized (status 401): missing bearer token',
  },
  {
    title: 'refuses with a Status of protobuf',
    sends: answer('400 Bad Request', 'application/x-protobuf', STATUS),
    ends: 'close',
    status: 'failure',
    says: 'Bad Request (status 400): out of order sample',
  },
  {
    title: 'calls a text protobuf',
    sends: answer('400 Bad Request', 'application/x-protobuf', 'no tenant'),
    ends: 'close',
    status: 'failure',
    says: 'Bad Request (status 400): no tenant',
  },
  {
    title: 'refuses with JSON',
    sends: answer('400 Bad Request', 'application/json', '{"code":3,\n "message":"too old"}'),
    ends: 'close',
    status: 'failure',
    says: 'Bad Request (status 400): {"code":3, "message":"too old"}',
  },
  {
    title: 'refuses with a page',
    sends: answer('413 Request Entity Too Large', 'text/html', NGINX),
    ends: 'close',
    status: 'failure',
    says: 'Payload Too Large (status 413): 413 Request Entity Too Large 413 Request Entity Too Large nginx/1.27.0',
    isTooLarge: true,
  },
  {
    title: 'refuses for the size as a collector does',
    sends: answer('400 Bad Request', 'application/x-protobuf', TOO_LARGE_STATUS),
    ends: 'close',
    status: 'failure',
    says: 'Bad Request (status 400): http: request body too large',
    isTooLarge: true,
  },
  {
    title: 'sends a page of 4 MB that is all tags',
    sends: answer('400 Bad Request', 'text/html', '<'.repeat(4_000_000)),
    ends: 'close',
    status: 'failure',
    says: `Bad Request (status 400): ${'<'.repeat(199)}…`,
  },
  {
    title: 'is overloaded, and says so',
    sends: answer('503 Service Unavailable', 'text/plain', 'no healthy upstream'),
    ends: 'close',
    status: 'retryable',
    says: 'Service Unavailable (status 503): no healthy upstream',
  },
  {
    title: 'sends what controls a terminal',
    sends: answer('400 Bad Request', 'text/plain', TERMINAL),
    ends: 'close',
    status: 'failure',
    says: 'Bad Request (status 400): \\u{1b}]0;owned\\u{7}\\u{1b}[2J all is well\\u{9b}1m',
  },
  {
    title: 'sends what turns a text around',
    sends: answer('400 Bad Request', 'text/plain', 'a\u202eb\u2066c\u200bd'),
    ends: 'close',
    status: 'failure',
    says: 'Bad Request (status 400): a\\u{202e}b\\u{2066}c\\u{200b}d',
  },
  {
    title: 'explains at length',
    sends: answer('400 Bad Request', 'text/plain', 'é'.repeat(300)),
    ends: 'close',
    status: 'failure',
    says: `Bad Request (status 400): ${'é'.repeat(199)}…`,
  },
  {
    title: 'sends a compressed reason, which nobody asked for',
    sends: answer('400 Bad Request', 'text/plain', gzipSync('too old')),
    ends: 'close',
    status: 'failure',
    says: 'Bad Request (status 400)',
  },
  {
    title: 'refuses without a reason',
    sends: answer('400 Bad Request', 'text/plain', ''),
    ends: 'close',
    status: 'failure',
    says: 'Bad Request (status 400)',
  },
  {
    title: 'has a status of its own',
    sends: answer('999 \x1b[31mNo', 'text/plain', 'no'),
    ends: 'close',
    status: 'failure',
    says: 'an answer (status 999): no',
  },
  {
    title: 'accepts with a page',
    sends: answer('200 OK', 'text/html', NGINX),
    ends: 'close',
    status: 'success',
  },
  {
    title: 'redirects to a URL with a secret',
    sends:
      'HTTP/1.1 301 Moved Permanently\r\nLocation: https://me:pw@other/v1/metrics?token=1\r\nContent-Length: 5\r\n\r\nmoved',
    ends: 'close',
    status: 'failure',
    says: 'Moved Permanently (status 301): it redirects to https://…@other/v1/metrics?…',
  },
  {
    title: 'redirects to a path that controls a terminal',
    sends: Buffer.from(
      'HTTP/1.1 307 Temporary Redirect\r\nLocation: /login\x9b2J\r\nContent-Length: 0\r\n\r\n',
      'latin1',
    ),
    ends: 'close',
    status: 'failure',
    says: 'Temporary Redirect (status 307): it redirects to /login\\u{9b}2J',
  },
  {
    title: 'does not answer',
    sends: '',
    ends: 'stall',
    status: 'retryable',
    says: 'Request timed out',
  },
  {
    title: 'stalls in its headers',
    sends: 'HTTP/1.1 200 OK\r\nContent-Le',
    ends: 'stall',
    status: 'retryable',
    says: 'Request timed out',
  },
  {
    title: 'stalls in its body',
    sends: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nmiss',
    ends: 'stall',
    status: 'retryable',
    says: 'Request timed out',
  },
  {
    title: 'stalls in a chunk of a refusal',
    sends: 'HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nmiss',
    ends: 'stall',
    status: 'retryable',
    says: 'Request timed out',
  },
  {
    title: 'is none of HTTP',
    sends: 'SSH-2.0-OpenSSH_9.6\r\n',
    ends: 'stall',
    status: 'retryable',
    says: 'Parse Error: Expected HTTP/, RTSP/ or ICE/',
  },
  {
    title: 'closes without an answer',
    sends: '',
    ends: 'close',
    status: 'retryable',
    says: 'socket hang up',
  },
  {
    title: 'resets the connection in its body',
    sends: 'HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\nmiss',
    ends: 'reset',
    status: 'retryable',
    says: 'aborted',
  },
  {
    title: 'closes in its body',
    sends: 'HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\nmiss',
    ends: 'close',
    status: 'retryable',
    says: 'aborted',
  },
  {
    title: 'sends endless headers',
    sends: `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(10_000)}`,
    ends: 'stall',
    status: 'retryable',
    says: 'Parse Error: Header overflow',
  },
]

const NO_HTTP2 = 'the server does not speak HTTP/2, which gRPC needs: it may speak HTTP/1.1 (--protocol http/protobuf)'

/** Servers of other protocols on a port of gRPC. */
export const OTHER_SERVERS: readonly RawServer[] = [
  {
    title: 'HTTP/1.1 that refuses',
    sends: answer('400 Bad Request', 'text/plain', 'malformed request'),
    ends: 'close',
    status: 'retryable',
    says: NO_HTTP2,
  },
  {
    title: 'HTTP/1.1 that stays open',
    sends: answer('505 HTTP Version Not Supported', 'text/plain', ''),
    ends: 'stall',
    status: 'retryable',
    says: NO_HTTP2,
  },
  {
    title: 'SSH',
    sends: 'SSH-2.0-OpenSSH_9.6\r\n',
    ends: 'stall',
    status: 'retryable',
    says: NO_HTTP2,
  },
  {
    title: 'nothing, which closes',
    sends: '',
    ends: 'close',
    status: 'retryable',
    says: 'the connection was closed without an answer',
  },
  {
    title: 'nothing, which stays open',
    sends: '',
    ends: 'stall',
    status: 'retryable',
    says: 'Deadline exceeded (status 4)',
  },
  {
    title: 'HTTP/2 whose frames are too long after its settings',
    sends: Buffer.from('000000040000000000ffffff000000000001', 'hex'),
    ends: 'stall',
    status: 'retryable',
    says: 'Protocol error',
  },
]

const GRPC = { ':status': 200, 'content-type': 'application/grpc' }

/** A refusal of gRPC with this status. */
function refusal(status: number, message: string): Pick<Http2Server, 'headers' | 'status' | 'says'> {
  const headers = { ...GRPC, 'grpc-status': String(status), 'grpc-message': message }
  return { headers, status: 'failure', says: `${message} (status ${status})` }
}

export const GRPC_SERVERS: readonly Http2Server[] = [
  {
    title: 'refuses for the size as Go does',
    ...refusal(8, 'grpc: received message larger than max (2520135 vs. 1048576)'),
    isTooLarge: true,
  },
  {
    title: 'refuses for the size after unpacking, as Go does',
    ...refusal(8, 'grpc: received message after decompression larger than max 1048576'),
    isTooLarge: true,
  },
  {
    title: 'refuses for the size as Java does',
    ...refusal(8, 'gRPC message exceeds maximum size 1048576: 2520135'),
    isTooLarge: true,
  },
  {
    title: 'refuses for the size as Rust does',
    ...refusal(11, 'Error, decoded message length too large: found 2520135 bytes, the limit is: 1048576 bytes'),
    isTooLarge: true,
  },
  {
    title: 'is a proxy that refuses for the size',
    headers: { ':status': 413, 'content-type': 'text/html' },
    status: 'failure',
    says: 'HTTP status 413 and no gRPC status (is it a gRPC endpoint?)',
    isTooLarge: true,
  },
  { title: 'refuses for a quota', ...refusal(8, 'quota exceeded') },
  { title: 'refuses an argument for its size', ...refusal(3, 'label value larger than max') },
  {
    title: 'refuses for the size, and says when to come again',
    // google.rpc.Status { details { type_url: ".../google.rpc.RetryInfo", value { retry_delay { seconds: 1 } } } }
    headers: {
      ...GRPC,
      'grpc-status': '8',
      'grpc-message': 'queue larger than max',
      'grpc-status-details-bin': Buffer.concat([
        Buffer.from('1a300a28', 'hex'),
        Buffer.from('type.googleapis.com/google.rpc.RetryInfo'),
        Buffer.from('12040a020801', 'hex'),
      ]).toString('base64'),
    },
    status: 'retryable',
    says: 'queue larger than max (status 8)',
  },
  {
    title: 'refuses with a message',
    headers: { ...GRPC, 'grpc-status': '16', 'grpc-message': 'who are you' },
    status: 'failure',
    says: 'who are you (status 16)',
  },
  {
    title: 'refuses after headers',
    headers: GRPC,
    trailers: { 'grpc-status': '14', 'grpc-message': 'try later' },
    status: 'retryable',
    says: 'try later (status 14)',
  },
  {
    title: 'sends what controls a terminal',
    headers: { ...GRPC, 'grpc-status': '3', 'grpc-message': encodeURIComponent(TERMINAL) },
    status: 'failure',
    says: '\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{d}all is well\\u{9b}1m (status 3)',
  },
  {
    title: 'sends a message of several lines',
    headers: { ...GRPC, 'grpc-status': '3', 'grpc-message': 'one%0D%0Atwo' },
    status: 'failure',
    says: 'one',
  },
  {
    title: 'is a proxy that refuses with a text',
    headers: { ':status': 403, 'content-type': 'text/plain' },
    body: 'RBAC: access denied\x1b[2J',
    status: 'failure',
    says: 'HTTP status 403 and no gRPC status (is it a gRPC endpoint?): RBAC: access denied\\u{1b}[2J',
  },
  {
    title: 'redirects',
    headers: { ':status': 302, location: 'https://login.invalid/?next=1' },
    status: 'failure',
    says: 'HTTP status 302 and no gRPC status (is it a gRPC endpoint?): it redirects to https://login.invalid/?…',
  },
  {
    title: 'is a web server',
    headers: { ':status': 404, 'content-type': 'text/html; charset=utf-8' },
    body: '<h1>404 Not Found</h1>',
    status: 'failure',
    says: 'HTTP status 404 and no gRPC status (is it a gRPC endpoint?): 404 Not Found',
  },
  {
    title: 'has a status that is no number',
    headers: { ...GRPC, 'grpc-status': 'bad' },
    status: 'failure',
    says: '(status NaN)',
  },
]

/** Servers that answer the first request of a connection, and end the connection when the second one arrives. */
export interface ClosingServer {
  readonly title: string
  readonly protocol: 'grpc' | 'http/protobuf'
  readonly ends: 'close' | 'reset' | 'goaway' | 'refuse'
}

export const CLOSING_SERVERS: readonly ClosingServer[] = [
  { title: 'HTTP/1.1 that closes', protocol: 'http/protobuf', ends: 'close' },
  { title: 'HTTP/1.1 that resets', protocol: 'http/protobuf', ends: 'reset' },
  { title: 'gRPC that closes', protocol: 'grpc', ends: 'close' },
  { title: 'gRPC that resets', protocol: 'grpc', ends: 'reset' },
  { title: 'gRPC that sends GOAWAY', protocol: 'grpc', ends: 'goaway' },
  { title: 'gRPC that refuses the stream', protocol: 'grpc', ends: 'refuse' },
]
