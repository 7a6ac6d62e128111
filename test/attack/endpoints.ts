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
