// Scenario 4, a row a way into a collector of others: how the agent is set, the door where that is wrong, what the agent then
// says, and the door where it is right.
import type { Certificates } from '../../harness/certificates.ts'
import type { DoorOptions } from './edge-collector.ts'

export const TOKEN = 'c2VjcmV0'

/** What the collector's owners have set up. `gate` and `otherGate` ask for a token, and the latter for another one. */
export type DoorName =
  | 'plain'
  | 'ungzipped'
  | 'tls'
  | 'otherAuthority'
  | 'mutual'
  | 'mutualOther'
  | 'gate'
  | 'otherGate'

export function collectorDoors(
  ours: Certificates,
  others: Certificates,
): Readonly<Record<Exclude<DoorName, 'gate' | 'otherGate'>, DoorOptions>> {
  const server = { cert_file: ours.server.certFile, key_file: ours.server.keyFile }
  return {
    plain: {},
    ungzipped: { compression_algorithms: [''] },
    tls: { tls: server },
    otherAuthority: { tls: { cert_file: others.server.certFile, key_file: others.server.keyFile } },
    mutual: { tls: { ...server, client_ca_file: ours.caFile } },
    mutualOther: { tls: { ...server, client_ca_file: others.caFile } },
  }
}

export interface Way {
  readonly title: string
  readonly protocol: 'grpc' | 'http/protobuf'
  readonly scheme: 'http' | 'https'
  readonly args: (certificates: Certificates) => readonly string[]
  readonly wrong: DoorName
  /** The port of the other protocol is what's wrong. */
  readonly isOtherProtocol?: boolean
  readonly right: DoorName
  readonly says: RegExp
}

const none = (): readonly string[] => []
const authority = ({ caFile }: Certificates): readonly string[] => ['--certificate', caFile]
const mutual = (certificates: Certificates): readonly string[] => {
  const { certFile, keyFile } = certificates.client
  return [...authority(certificates), '--client-certificate', certFile, '--client-key', keyFile]
}
const token = (certificates: Certificates): readonly string[] => [
  ...authority(certificates),
  '--header',
  `Authorization=Bearer%20${TOKEN}`,
]

/** OpenSSL's words, whichever client it is in. */
const both = (says: RegExp): Readonly<Record<Way['protocol'], RegExp>> => ({ grpc: says, 'http/protobuf': says })

type Row = readonly [
  title: string,
  says: Readonly<Record<Way['protocol'], RegExp>>,
  Omit<Way, 'title' | 'says' | 'protocol'>,
]

const ROWS: readonly Row[] = [
  [
    "plain text; wrong: the other protocol's port",
    { grpc: /the server does not speak HTTP\/2/, 'http/protobuf': /Parse Error: Expected HTTP|EPIPE|ECONNRESET/ },
    { scheme: 'http', args: none, wrong: 'plain', isOtherProtocol: true, right: 'plain' },
  ],
  [
    'uncompressed plain text; wrong: the port speaks TLS',
    { grpc: /the connection was closed without an answer|ECONNRESET/, 'http/protobuf': /Bad Request \(status 400\)/ },
    { scheme: 'http', args: () => ['--compression', 'none'], wrong: 'tls', right: 'ungzipped' },
  ],
  [
    'TLS with a private authority; wrong: the authority is another',
    both(/unable to verify the first certificate/),
    { scheme: 'https', args: authority, wrong: 'otherAuthority', right: 'tls' },
  ],
  [
    'TLS; wrong: the port speaks plain text',
    both(/wrong version number/),
    { scheme: 'https', args: authority, wrong: 'plain', right: 'tls' },
  ],
  [
    'TLS without a client certificate; wrong: one is asked for',
    both(/certificate required/),
    { scheme: 'https', args: authority, wrong: 'mutual', right: 'tls' },
  ],
  [
    'mutual TLS; wrong: the client certificate is of another authority',
    both(/unknown ca/),
    { scheme: 'https', args: mutual, wrong: 'mutualOther', right: 'mutual' },
  ],
  [
    'a bearer token over TLS; wrong: the token is another',
    { grpc: /authentication didn't succeed \(status 16\)/, 'http/protobuf': /Unauthorized \(status 401\)/ },
    { scheme: 'https', args: token, wrong: 'otherGate', right: 'gate' },
  ],
]

const ofBoth = ROWS.flatMap(([title, says, row]) =>
  (['grpc', 'http/protobuf'] as const).map((protocol): Way => ({
    title: `${protocol}, ${title}`,
    protocol,
    says: says[protocol],
    ...row,
  })),
)

export const WAYS: readonly Way[] = [
  ...ofBoth,
  {
    title: 'http/protobuf, gzip; wrong: the collector takes it uncompressed only',
    protocol: 'http/protobuf',
    scheme: 'http',
    args: none,
    wrong: 'ungzipped',
    right: 'plain',
    says: /Bad Request \(status 400\)/,
  },
]
