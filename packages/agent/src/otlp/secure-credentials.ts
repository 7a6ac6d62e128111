// gRPC's TLS credentials, also for a collector that is named by its address: that path needs no DNS.
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'

import { type ChannelCredentials, credentials } from '@grpc/grpc-js'

import { hostOf } from './endpoint.ts'

export interface Pems {
  readonly ca: Buffer | undefined
  readonly cert: Buffer | undefined
  readonly key: Buffer | undefined
}

/**
 * Credentials for TLS to `endpoint`, with a certificate of our own where there is one.
 *
 * grpc-js gives the host as the TLS server name; Node 26 throws for a server name that is an address (RFC 6066 forbids it), and the
 * exporter takes no channel options. So the name is set on the way to the socket, and the certificate is checked against the address.
 */
export function secureCredentials(endpoint: string, { ca, cert, key }: Pems): ChannelCredentials {
  const host = hostOf(endpoint)
  if (isIP(host) === 0) return credentials.createSsl(ca ?? null, key ?? null, cert ?? null)
  const secure = credentials.createSsl(ca ?? null, key ?? null, cert ?? null, {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
  })
  // oxlint-disable no-underscore-dangle -- grpc-js has no other place for it
  const createConnector = secure._createSecureConnector.bind(secure)
  secure._createSecureConnector = (target, options, call) =>
    createConnector(target, { ...options, 'grpc.ssl_target_name_override': 'localhost' }, call)
  return secure
}
