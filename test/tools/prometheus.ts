// Prometheus and promtool, without the UI. They share a module with the collector, whose prometheus receiver is half of
// Prometheus already.
import { goPrograms } from './go-module.ts'

/** Build tags: of the service discoveries only that of Kubernetes, without the SDKs of a dozen clouds. */
export const serviceDiscovery = ['remove_all_sd', 'enable_kubernetes_sd'] as const

/** Their paths. Module v0.312.0 is Prometheus 3.12. */
export async function prometheus(): Promise<Readonly<Record<'prometheus' | 'promtool', string>>> {
  return goPrograms({
    module: 'observability',
    name: 'prometheus',
    versionOf: 'github.com/prometheus/prometheus',
    packages: {
      prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
      promtool: 'github.com/prometheus/prometheus/cmd/promtool',
    },
    linkerFlags: ['-X github.com/prometheus/common/version.Version=3.12.0'],
    tags: serviceDiscovery,
  })
}
