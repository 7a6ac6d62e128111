// What a protocol needs for a connection to the collector.
import type { SecureContextOptions } from 'node:tls'

import type { Proxy } from './proxy-connection.ts'

export interface ConnectionOptions {
  readonly url: URL
  /** The collector's name or address. */
  readonly host: string
  /** Read again for each request: tokens rotate. */
  readonly headers: () => Readonly<Record<string, string>>
  /** Whether the data that is sent is compressed with gzip. */
  readonly isCompressed: boolean
  /** Certificates as their files hold them now; empty for plain text. */
  readonly tls: SecureContextOptions
  /** `undefined` for a direct connection. */
  readonly proxy: Proxy | undefined
}
