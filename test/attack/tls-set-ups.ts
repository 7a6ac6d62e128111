// Set-ups of TLS, a row each: files that are refused before anything starts, and connections that fail.

/** The files that the test writes. */
export type TlsFile =
  | 'absent.pem'
  | 'folder.pem'
  | 'empty.pem'
  | 'text.pem'
  | 'damaged.pem'
  | 'half-damaged.pem'
  | 'der.pem'
  | 'ca.pem'
  | 'other-ca.pem'
  | 'bundle.pem'
  | 'server.pem'
  | 'server.key'
  | 'elsewhere.pem'
  | 'elsewhere.key'
  | 'client.pem'
  | 'client.key'
  | 'pair.pem'
  | 'other-client.pem'
  | 'other-client.key'
  | 'encrypted.key'

export interface TlsOptions {
  readonly certificate?: TlsFile
  readonly clientCertificate?: TlsFile
  readonly clientKey?: TlsFile
}

export interface TlsFilesRow {
  readonly title: string
  readonly options: TlsOptions
  /** The one line that refuses them; `undefined` when they are accepted. */
  readonly says?: string
}

const PEM = 'name a PEM file'

export const TLS_FILES: readonly TlsFilesRow[] = [
  { title: 'a CA', options: { certificate: 'ca.pem' } },
  { title: 'a bundle of CAs with comments', options: { certificate: 'bundle.pem' } },
  { title: 'a client certificate and its key', options: { clientCertificate: 'client.pem', clientKey: 'client.key' } },
  {
    title: 'a client certificate and its key in one file',
    options: { clientCertificate: 'pair.pem', clientKey: 'pair.pem' },
  },
  {
    title: 'a CA that does not exist',
    options: { certificate: 'absent.pem' },
    says: `--certificate: absent.pem can't be read (ENOENT): name a PEM file that uid UID may read`,
  },
  {
    title: 'a folder as a CA',
    options: { certificate: 'folder.pem' },
    says: `--certificate: folder.pem is a folder: ${PEM}`,
  },
  {
    title: 'an empty file as a CA',
    options: { certificate: 'empty.pem' },
    says: `--certificate: empty.pem holds no certificate: ${PEM}`,
  },
  {
    title: 'a text as a CA',
    options: { certificate: 'text.pem' },
    says: `--certificate: text.pem holds no certificate: ${PEM}`,
  },
  {
    title: 'a key as a CA',
    options: { certificate: 'client.key' },
    says: `--certificate: client.key holds no certificate: ${PEM}`,
  },
  {
    title: 'DER as a CA',
    options: { certificate: 'der.pem' },
    says: `--certificate: der.pem holds no certificate: ${PEM}`,
  },
  {
    title: 'a damaged CA',
    options: { certificate: 'damaged.pem' },
    says: `--certificate: damaged.pem holds a certificate that can't be read (number 1 of 1): ${PEM}`,
  },
  {
    title: 'a bundle whose second CA is damaged',
    options: { certificate: 'half-damaged.pem' },
    says: `--certificate: half-damaged.pem holds a certificate that can't be read (number 2 of 2): ${PEM}`,
  },
  {
    title: 'a folder as a client certificate',
    options: { clientCertificate: 'folder.pem', clientKey: 'client.key' },
    says: `--client-certificate: folder.pem is a folder: ${PEM}`,
  },
  {
    title: 'a text as a client certificate',
    options: { clientCertificate: 'text.pem', clientKey: 'client.key' },
    says: `--client-certificate: text.pem holds no certificate: ${PEM}`,
  },
  {
    title: 'a folder as a key',
    options: { clientCertificate: 'client.pem', clientKey: 'folder.pem' },
    says: `--client-key: folder.pem is a folder: ${PEM}`,
  },
  {
    title: 'a certificate as a key',
    options: { clientCertificate: 'client.pem', clientKey: 'client.pem' },
    says: `--client-key: client.pem holds no private key: ${PEM}`,
  },
  {
    title: 'an encrypted key',
    options: { clientCertificate: 'client.pem', clientKey: 'encrypted.key' },
    says: `--client-key: encrypted.key is encrypted with a passphrase: ${PEM}`,
  },
  {
    title: "another client's key",
    options: { clientCertificate: 'client.pem', clientKey: 'other-client.key' },
    says: '--client-key: other-client.key is not the key of client.pem (--client-certificate): name the key of that certificate',
  },
]

export interface TlsConnection {
  readonly title: string
  readonly server: {
    readonly cert: TlsFile
    readonly key: TlsFile
    /** It requires a client certificate that this CA signed. */
    readonly clientCa?: TlsFile
    readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2'
    /** It speaks no HTTP/2. */
    readonly isHttp1?: true
  }
  readonly options: TlsOptions
  /** Why the request fails, over either protocol; `undefined` when it arrives. */
  readonly says?: string | Readonly<Partial<Record<'grpc' | 'http/protobuf', string>>>
}

const SERVER = { cert: 'server.pem', key: 'server.key' } as const

export const TLS_CONNECTIONS: readonly TlsConnection[] = [
  { title: 'a server of the CA', server: SERVER, options: { certificate: 'ca.pem' } },
  { title: 'a server of one CA of a bundle', server: SERVER, options: { certificate: 'bundle.pem' } },
  {
    title: 'a server with TLS 1.2',
    server: { ...SERVER, maxVersion: 'TLSv1.2' },
    options: { certificate: 'ca.pem' },
  },
  {
    title: 'a server with TLS 1.1',
    server: { ...SERVER, maxVersion: 'TLSv1.1' },
    options: { certificate: 'ca.pem' },
    says: 'TLS: tlsv1 alert protocol version',
  },
  {
    title: 'a server of another CA',
    server: SERVER,
    options: { certificate: 'other-ca.pem' },
    says: 'unable to verify the first certificate (no CA of --certificate signed it)',
  },
  {
    title: 'a server of a private CA, and no CA',
    server: SERVER,
    options: {},
    says: 'unable to verify the first certificate (name its CA with --certificate)',
  },
  {
    title: 'a server with a name of its own',
    server: { cert: 'elsewhere.pem', key: 'elsewhere.key' },
    options: { certificate: 'ca.pem' },
    says: "Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: ",
  },
  {
    title: 'a server with HTTP/1.1 only',
    server: { ...SERVER, isHttp1: true },
    options: { certificate: 'ca.pem' },
    says: {
      grpc: 'the server does not speak HTTP/2, which gRPC needs: it may speak HTTP/1.1 (--protocol http/protobuf)',
    },
  },
  {
    title: 'a server that requires a client certificate, and one of its CA',
    server: { ...SERVER, clientCa: 'ca.pem' },
    options: { certificate: 'ca.pem', clientCertificate: 'client.pem', clientKey: 'client.key' },
  },
  {
    title: 'a server that requires a client certificate, and none',
    server: { ...SERVER, clientCa: 'ca.pem' },
    options: { certificate: 'ca.pem' },
    says: 'TLS: tlsv13 alert certificate required',
  },
  {
    title: 'a server that requires a client certificate, and one of another CA',
    server: { ...SERVER, clientCa: 'ca.pem' },
    options: { certificate: 'ca.pem', clientCertificate: 'other-client.pem', clientKey: 'other-client.key' },
    // Node's server closes the connection without an alert.
    says: { grpc: 'the connection was closed without an answer', 'http/protobuf': 'socket hang up' },
  },
  {
    title: "another client's key, which was renewed after the start",
    server: { ...SERVER, clientCa: 'ca.pem' },
    options: { certificate: 'ca.pem', clientCertificate: 'client.pem', clientKey: 'other-client.key' },
    says: 'TLS: key values mismatch',
  },
]
