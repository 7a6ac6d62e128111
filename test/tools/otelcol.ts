// The OpenTelemetry Collector of the tests, with those components of ADOT 0.49 that observability/builder.yaml names, in ADOT's
// version: 0.156.0. Internal modules that the module proxy does not serve at that version are replaced by earlier ones.
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
