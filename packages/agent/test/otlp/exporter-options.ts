import { DEFAULTS } from '../../src/config/load.ts'
import type { ExporterOptions } from '../../src/otlp/exporter.ts'

export function exporterOptions(options: Partial<ExporterOptions>): ExporterOptions {
  return { ...DEFAULTS, ...options }
}
