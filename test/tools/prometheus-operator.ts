// prometheus-operator, the program that reloads a Prometheus in its pods, and the definitions of its custom resources.
import { goPrograms } from './go-module.ts'

const module = 'github.com/prometheus-operator/prometheus-operator'
const version = '0.85.0'

/** Their paths; `crds` is a folder of YAML. */
export async function prometheusOperator(): Promise<
  Readonly<Record<'prometheus-operator' | 'prometheus-config-reloader' | 'crds', string>>
> {
  return goPrograms({
    module: 'prometheus-operator',
    name: 'prometheus-operator',
    versionOf: module,
    packages: {
      'prometheus-operator': `${module}/cmd/operator`,
      'prometheus-config-reloader': `${module}/cmd/prometheus-config-reloader`,
    },
    linkerFlags: [`-X github.com/prometheus/common/version.Version=${version}`],
    folders: { crds: { module, path: 'example/prometheus-operator-crd' } },
  })
}
