// The OpenTelemetry Collector of the tests, with the components of ADOT 0.49 that observability/builder.yaml names.
// 0.155.0 is the newest version that the module proxy serves all of them in (ADOT 0.49 is 0.156).
import { goPrograms } from './go-module.ts'
import { serviceDiscovery } from './prometheus.ts'

/** The path of `otelcol`. */
export async function otelcol(): Promise<string> {
  const programs = await goPrograms({
    module: 'observability',
    name: 'otelcol',
    versionOf: 'go.opentelemetry.io/collector/otelcol',
    packages: { otelcol: '.' },
    tags: serviceDiscovery,
  })
  return programs.otelcol
}
