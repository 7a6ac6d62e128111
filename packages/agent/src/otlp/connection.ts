// What a protocol needs for a connection to the collector.
import type { Proxy } from './proxy.ts'

export interface ConnectionOptions {
  readonly url: URL
  /** The collector's name or address. */
  readonly host: string
  /** Read again for each request: tokens rotate. */
  readonly headers: () => Readonly<Record<string, string>>
  /** Whether the data that is sent is compressed with gzip. */
  readonly isCompressed: boolean
  /** Empty for plain text. */
  readonly tls: Tls
  /** `undefined` for a direct connection. */
  readonly proxy: Proxy | undefined
}

/** Certificates as their files hold them now. */
export interface Tls {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** The port of a URL, also when it is the scheme's default. */
export function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
}
