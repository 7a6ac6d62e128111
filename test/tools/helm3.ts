// The oldest Helm that the chart supports. It has a module of its own, as its Kubernetes packages are older than those of kube.ts.
import { goPrograms } from './go-module.ts'

/** Its path. */
export async function helm3(): Promise<string> {
  const { helm } = await goPrograms({
    module: 'helm3',
    name: 'helm3',
    versionOf: 'helm.sh/helm/v3',
    packages: { helm: 'helm.sh/helm/v3/cmd/helm' },
    linkerFlags: ['-X helm.sh/helm/v3/internal/version.version=v3.18.6'],
  })
  return helm
}
