// Certificates for TLS on the loopback, made by the `openssl` of this machine: an authority and what it signs, valid for a day.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onPath } from '../tools/on-path.ts'
import { NotHere } from './not-here.ts'

/** Kubernetes takes the organization for the group and the common name for the user. */
export interface Subject {
  readonly commonName: string
  readonly organization?: string
}

/** Both as PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface Authority {
  /** Its own certificate, as PEM. */
  readonly certificate: string
  /** A certificate for a client. */
  client(subject: Subject): KeyPair
  /** A certificate for a server with these DNS names and IPv4 addresses. */
  server(subject: Subject, names: readonly string[]): KeyPair
}

/** Makes a new authority, which only lives in this process. @throws NotHere without openssl */
export function newAuthority(commonName: string): Authority {
  const own = certified({ commonName }, ['basicConstraints=critical,CA:TRUE'])
  const alternative = (name: string): string => `${isIPv4(name) ? 'IP' : 'DNS'}:${name}`
  return {
    certificate: own.certificate,
    client: (subject) => certified(subject, ['extendedKeyUsage=clientAuth'], own),
    server: (subject, names) =>
      certified(subject, ['extendedKeyUsage=serverAuth', `subjectAltName=${names.map(alternative).join(',')}`], own),
  }
}

/** Without this, openssl would add what its own configuration says. */
const CONFIGURATION = '[req]\ndistinguished_name = subject\n[subject]\n'

/** @param issuer signs it; by default it signs itself */
function certified({ organization, commonName }: Subject, extensions: readonly string[], issuer?: KeyPair): KeyPair {
  const openssl = onPath('openssl')
  if (openssl === undefined) throw new NotHere('a certificate', 'openssl is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-openssl-'))
  try {
    writeFileSync(join(folder, 'openssl.cnf'), CONFIGURATION)
    if (issuer !== undefined) writeFileSync(join(folder, 'issuer.pem'), issuer.certificate + issuer.key)
    const subject = `${organization === undefined ? '' : `/O=${organization}`}/CN=${commonName}`
    const request = ['-config', 'openssl.cnf', '-x509', '-days', '1', '-newkey', 'ec', '-noenc', '-subj', subject]
    const curve = ['-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:named_curve']
    const signer = issuer === undefined ? [] : ['-CA', 'issuer.pem']
    const added = extensions.flatMap((extension) => ['-addext', extension])
    const files = ['-keyout', 'key.pem', '-out', 'certificate.pem']
    execFileSync(openssl, ['req', ...request, ...curve, ...signer, ...added, ...files], { cwd: folder, stdio: 'pipe' })
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
    return { certificate: read('certificate.pem'), key: read('key.pem') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

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

/** Writes a new authority and what it signed into `folder`, as PEM. @throws NotHere without openssl */
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
