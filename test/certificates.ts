// Certificates for TLS on the loopback, as files: of one authority, a server's and a client's.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type KeyPair, newAuthority } from './x509.ts'

export interface KeyFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface Certificates {
  /** The authority that signed both. */
  readonly caFile: string
  /** For localhost and 127.0.0.1. */
  readonly server: KeyFiles
  readonly client: KeyFiles
}

/** Writes a new authority and what it signed into `folder`, as PEM. */
export function writeCertificates(folder: string): Certificates {
  const authority = newAuthority('ena-otel test authority')
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, authority.certificate)
  const write = (name: string, { certificate, key }: KeyPair): KeyFiles => {
    const files = { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) }
    writeFileSync(files.certFile, certificate)
    writeFileSync(files.keyFile, key, { mode: 0o600 })
    return files
  }
  return {
    caFile,
    server: write('server', authority.server({ commonName: 'server' }, ['localhost', '127.0.0.1'])),
    client: write('client', authority.client({ commonName: 'client' })),
  }
}
