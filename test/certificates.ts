// X.509 certificates for TLS on the loopback, made with node:crypto alone (RFC 5280; ECDSA P-256): one authority, a
// server's and a client's. They are valid from an hour ago for a day.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  bitString,
  boolean,
  explicit,
  integer,
  objectId,
  octetString,
  primitive,
  sequence,
  set,
  utcTime,
  utf8,
} from './der.ts'

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
  const authority = newKeys()
  const issuer = { name: 'ena-otel test authority', key: authority.privateKey }
  const caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, certificate(issuer, issuer.name, authority.publicKey, [isAuthority]))
  const issue = (name: string, extensions: readonly Buffer[]): KeyFiles => {
    const keys = newKeys()
    const files = { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) }
    writeFileSync(files.certFile, certificate(issuer, name, keys.publicKey, extensions))
    writeFileSync(files.keyFile, keys.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    return files
  }
  return { caFile, server: issue('server', [forLoopback, asServer]), client: issue('client', [asClient]) }
}

interface Issuer {
  readonly name: string
  readonly key: KeyObject
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

const id = {
  ecdsaWithSha256: objectId('2a8648ce3d040302'), // 1.2.840.10045.4.3.2
  commonName: objectId('550403'), // 2.5.4.3
  subjectAltName: objectId('551d11'), // 2.5.29.17
  basicConstraints: objectId('551d13'), // 2.5.29.19
  extendedKeyUsage: objectId('551d25'), // 2.5.29.37
  serverAuth: objectId('2b06010505070301'), // 1.3.6.1.5.5.7.3.1
  clientAuth: objectId('2b06010505070302'), // 1.3.6.1.5.5.7.3.2
}

const isAuthority = sequence(id.basicConstraints, boolean(true), octetString(sequence(boolean(true))))
const asServer = sequence(id.extendedKeyUsage, octetString(sequence(id.serverAuth)))
const asClient = sequence(id.extendedKeyUsage, octetString(sequence(id.clientAuth)))
const dnsName = 0x82
const ipAddress = 0x87
const loopbackNames = sequence(
  primitive(dnsName, Buffer.from('localhost')),
  primitive(ipAddress, Buffer.from([127, 0, 0, 1])),
)
const forLoopback = sequence(id.subjectAltName, octetString(loopbackNames))

function certificate(issuer: Issuer, subject: string, key: KeyObject, extensions: readonly Buffer[]): string {
  const hour = 3_600_000
  const algorithm = sequence(id.ecdsaWithSha256)
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.from([1, ...crypto.getRandomValues(new Uint8Array(8))])),
    algorithm,
    distinguishedName(issuer.name),
    sequence(utcTime(new Date(Date.now() - hour)), utcTime(new Date(Date.now() + 24 * hour))),
    distinguishedName(subject),
    key.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  )
  const signed = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, issuer.key)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(id.commonName, utf8(commonName))))
}
