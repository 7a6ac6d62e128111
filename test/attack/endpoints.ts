// Endpoints with a secret, a row each, and how they are printed.

export const SECRET = 'geheim'

export interface Endpoint {
  readonly endpoint: string
  /** As it is printed, without what may be a secret. */
  readonly printed: string
}

export const SECRET_ENDPOINTS: readonly Endpoint[] = [
  { endpoint: `https://me:${SECRET}@collector:4317`, printed: 'https://…@collector:4317' },
  { endpoint: `https://${SECRET}@collector:4317`, printed: 'https://…@collector:4317' },
  { endpoint: `me:${SECRET}@collector:4317`, printed: '…@collector:4317' },
  { endpoint: `${SECRET}@collector`, printed: '…@collector' },
  { endpoint: `https://me:p@${SECRET}@collector:4317`, printed: 'https://…@collector:4317' },
  { endpoint: `https://me:${SECRET}%40p@collector:4317/otlp`, printed: 'https://…@collector:4317/otlp' },
  { endpoint: `https://me:p/${SECRET}@collector`, printed: 'https://…@collector' },
  { endpoint: `https://me:1/${SECRET}@collector`, printed: 'https://…@collector' },
  { endpoint: `https://me:${SECRET}?p@collector`, printed: 'https://…' },
  { endpoint: `https://me:${SECRET}#p@collector`, printed: 'https://…' },
  { endpoint: `https://me:${SECRET}'"p@collector`, printed: 'https://…@collector' },
  { endpoint: `https://me:${SECRET}@:4317`, printed: 'https://…@:4317' },
  { endpoint: `https://me:${SECRET}@collector:99999`, printed: 'https://…@collector:99999' },
  { endpoint: `grpc://me:${SECRET}@collector`, printed: 'grpc://…@collector' },
  { endpoint: `http:/me:${SECRET}@collector`, printed: '…@collector' },
  { endpoint: `https://collector/otlp?token=${SECRET}`, printed: 'https://collector/otlp?…' },
  { endpoint: `collector:4318?token=${SECRET}`, printed: 'collector:4318?…' },
  { endpoint: `https://collector?a=b@c&token=${SECRET}`, printed: 'https://…' },
  { endpoint: `https://collector/#${SECRET}`, printed: 'https://collector/#…' },
]

export interface RefusedEndpoint {
  readonly endpoint: string
  readonly says: string
}

export const REFUSED_ENDPOINTS: readonly RefusedEndpoint[] = [
  { endpoint: 'http:/collector', says: 'has only one slash after its scheme' },
  { endpoint: 'HTTPS:/collector:4317', says: 'has only one slash after its scheme' },
  { endpoint: 'http:collector', says: 'is not a URL' },
  { endpoint: 'http:\\\\collector', says: 'is not a URL' },
  { endpoint: 'http://collector\\@other', says: 'is not a URL' },
  { endpoint: 'http://col\tlector', says: 'is not a URL' },
  { endpoint: ' http://collector', says: 'is not a URL' },
  { endpoint: 'unix:/run/collector.sock', says: 'is neither http:// nor https://' },
  { endpoint: 'unix:///run/collector.sock', says: 'is neither http:// nor https://' },
  { endpoint: 'collector:/otlp', says: 'is neither http:// nor https://' },
  { endpoint: '/run/collector.sock', says: 'has no host' },
  { endpoint: 'http:///collector', says: 'has no host' },
  { endpoint: 'http://collector:0', says: 'has port 0, where nothing can listen' },
  { endpoint: 'collector:0', says: 'has port 0, where nothing can listen' },
  { endpoint: 'http://collector:000/otlp', says: 'has port 0, where nothing can listen' },
  { endpoint: 'http://collector:65536', says: 'is not a URL' },
  { endpoint: 'http://collector:-1', says: 'is not a URL' },
  { endpoint: 'http://1.2.3.256:4317', says: 'is not a URL' },
  { endpoint: 'http://[::1', says: 'is not a URL' },
]

export interface PartlySentEndpoint {
  readonly endpoint: string
  readonly protocol: 'grpc' | 'http/protobuf'
  readonly warnings: readonly string[]
}

const PATH = '--endpoint: gRPC does not send a path: leave it out, or set --protocol http/protobuf'
const USER = '--endpoint: gRPC does not send user info: set --header Authorization=… instead'

export const PARTLY_SENT_ENDPOINTS: readonly PartlySentEndpoint[] = [
  { endpoint: 'http://collector:4317', protocol: 'grpc', warnings: [] },
  { endpoint: 'http://collector:4317/', protocol: 'grpc', warnings: [] },
  { endpoint: 'collector:4317', protocol: 'grpc', warnings: [] },
  { endpoint: 'http://collector:4317/v1/metrics', protocol: 'grpc', warnings: [PATH] },
  { endpoint: 'collector:4317/otlp', protocol: 'grpc', warnings: [PATH] },
  { endpoint: 'http://collector:4317?tenant=a', protocol: 'grpc', warnings: [PATH] },
  { endpoint: 'https://me:pw@collector', protocol: 'grpc', warnings: [USER] },
  { endpoint: 'me@collector/otlp', protocol: 'grpc', warnings: [PATH, USER] },
  { endpoint: 'https://me:pw@collector/otlp', protocol: 'http/protobuf', warnings: [] },
]
