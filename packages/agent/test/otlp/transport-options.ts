import { DEFAULTS } from '../../src/config/load.ts'
import type { TransportOptions } from '../../src/otlp/transport.ts'

export function transportOptions(options: Partial<TransportOptions>): TransportOptions {
  return { ...DEFAULTS, ...options }
}
