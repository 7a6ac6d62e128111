// An authority of one's own and the certificates it signs (RFC 5280; ECDSA P-256), from an hour ago for a day, with the subjects that
// Kubernetes goes by: it takes the organization for the group and the common name for the user.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'
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

/** Makes a new authority, which only lives in this process. */
export function newAuthority(commonName: string): Authority {
  const own = newKeys()
  const issuer: Issuer = { subject: { commonName }, key: own.privateKey }
  const issue = (subject: Subject, extensions: readonly Buffer[]): KeyPair => {
    const { publicKey, privateKey } = newKeys()
    return { certificate: certificate(issuer, subject, publicKey, extensions), key: privateKeyPem(privateKey) }
  }
  return {
    certificate: certificate(issuer, issuer.subject, own.publicKey, [isAuthority]),
    client: (subject) => issue(subject, [purpose(id.clientAuth)]),
    server: (subject, names) => issue(subject, [purpose(id.serverAuth), alternativeNames(names)]),
  }
}

export function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

interface Issuer {
  readonly subject: Subject
  readonly key: KeyObject
}

const id = {
  ecdsaWithSha256: objectId('2a8648ce3d040302'), // 1.2.840.10045.4.3.2
  commonName: objectId('550403'), // 2.5.4.3
  organization: objectId('55040a'), // 2.5.4.10
  subjectAltName: objectId('551d11'), // 2.5.29.17
  basicConstraints: objectId('551d13'), // 2.5.29.19
  extendedKeyUsage: objectId('551d25'), // 2.5.29.37
  serverAuth: objectId('2b06010505070301'), // 1.3.6.1.5.5.7.3.1
  clientAuth: objectId('2b06010505070302'), // 1.3.6.1.5.5.7.3.2
}

const isAuthority = sequence(id.basicConstraints, boolean(true), octetString(sequence(boolean(true))))
const dnsName = 0x82
const ipAddress = 0x87

function purpose(use: Buffer): Buffer {
  return sequence(id.extendedKeyUsage, octetString(sequence(use)))
}

function alternativeNames(names: readonly string[]): Buffer {
  const list = names.map((name) =>
    isIPv4(name)
      ? primitive(ipAddress, Buffer.from(name.split('.').map(Number)))
      : primitive(dnsName, Buffer.from(name)),
  )
  return sequence(id.subjectAltName, octetString(sequence(...list)))
}

function certificate(issuer: Issuer, subject: Subject, key: KeyObject, extensions: readonly Buffer[]): string {
  const hour = 3_600_000
  const algorithm = sequence(id.ecdsaWithSha256)
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.from([1, ...crypto.getRandomValues(new Uint8Array(8))])),
    algorithm,
    distinguishedName(issuer.subject),
    sequence(utcTime(new Date(Date.now() - hour)), utcTime(new Date(Date.now() + 24 * hour))),
    distinguishedName(subject),
    key.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  )
  const signed = sequence(toBeSigned, algorithm, bitString(sign('sha256', toBeSigned, issuer.key)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function distinguishedName({ organization, commonName }: Subject): Buffer {
  const parts = organization === undefined ? [] : [sequence(id.organization, utf8(organization))]
  return sequence(...[...parts, sequence(id.commonName, utf8(commonName))].map((part) => set(part)))
}
