// The agent's own metrics, which its OpenTelemetry SDK keeps and METRICS has no rows of.
// Source: packages/agent/src/own-metrics.ts; test/own-metrics.test.ts compares the two.
import type { Metric } from '@ena-otel/agent/metrics'

export const OWN_METRICS: readonly Pick<Metric, 'name' | 'kind' | 'unit'>[] = [
  { name: 'ena_otel.sweeps', kind: 'counter', unit: '{sweep}' },
  { name: 'ena_otel.sweep.time', kind: 'counter', unit: 's' },
  { name: 'ena_otel.reads', kind: 'counter', unit: '{read}' },
  { name: 'ena_otel.read.failures', kind: 'counter', unit: '{read}' },
  { name: 'ena_otel.read.discarded', kind: 'counter', unit: '{read}' },
  { name: 'ena_otel.exports', kind: 'counter', unit: '{export}' },
  { name: 'ena_otel.export.failures', kind: 'counter', unit: '{export}' },
  { name: 'ena_otel.export.rejected', kind: 'counter', unit: '{point}' },
  { name: 'ena_otel.interfaces', kind: 'gauge', unit: '{interface}' },
]
