import { DEFAULTS } from '../../src/config/load.ts'
import type { ConnectionOptions } from '../../src/otlp/connection.ts'

export function exporterOptions(options: Partial<ConnectionOptions>): ConnectionOptions {
  return { ...DEFAULTS, ...options }
}
