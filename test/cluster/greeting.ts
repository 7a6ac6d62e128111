// What a client sees of a collector's TLS: one handshake from the node's network.
import { output } from '../harness/command.ts'
import type { Cluster } from './cluster.ts'

/** PEM. Without `tls.crt` and `tls.key`, the client shows no certificate. */
export interface ClientFiles {
  readonly 'ca.crt': string
  readonly 'tls.crt'?: string
  readonly 'tls.key'?: string
}

export interface Greeting {
  /** `taken`, or the error of the handshake. */
  readonly verdict: string
  /** Of the collector's certificate. */
  readonly serial?: string
}

// A server of HTTP/2 speaks first once it takes the client's certificate.
const greet = `
const socket = require('node:tls').connect({ ...JSON.parse(process.argv[1]), ALPNProtocols: ['h2'] })
const end = (verdict) => { console.log(JSON.stringify({ verdict, serial: socket.getPeerCertificate()?.serialNumber })); process.exit() }
socket.once('data', () => end('taken')).once('error', ({ code }) => end(code)).once('end', () => end('closed'))`

/** What the collector of the release `ena-otel` in that namespace says to a client with these files, on the port of gRPC by default. */
export async function greeting(
  cluster: Cluster,
  namespace: string,
  { 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key }: ClientFiles,
  port: 4317 | 4318 = 4317,
): Promise<Greeting> {
  const address = ['get', 'service', 'ena-otel-collector', '-o', 'jsonpath={.spec.clusterIP}']
  const host = await cluster.kubectl(['-n', namespace, ...address])
  const options = { host, port, servername: `ena-otel-collector.${namespace}.svc`, ca, cert, key }
  return JSON.parse(await output(cluster.command([process.execPath, '-e', greet, JSON.stringify(options)])))
}

/** The files in a Secret, as text. */
export async function secretFiles(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<Readonly<Record<'ca.crt' | 'tls.crt' | 'tls.key', string>>> {
  const { data }: { readonly data: Readonly<Record<'ca.crt' | 'tls.crt' | 'tls.key', string>> } = JSON.parse(
    await cluster.kubectl(['-n', namespace, 'get', 'secret', name, '-o', 'json']),
  )
  const text = Object.entries(data).map(([key, base64]) => [key, Buffer.from(base64, 'base64').toString()])
  return Object.fromEntries(text)
}
