// What checks and installs charts: helm and its unit-test program, and kubeconform. They share a module with kube.ts,
// so that what they have in common is compiled once.
import { goPrograms } from './go-module.ts'

const packages = {
  helm: 'helm.sh/helm/v4/cmd/helm',
  'helm-unittest': 'github.com/helm-unittest/helm-unittest/cmd/helm-unittest',
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform',
} as const

export type HelmProgram = keyof typeof packages

/** Their paths. `helm-unittest` runs by itself: `helm-unittest FOLDER`. */
export async function helm(): Promise<Readonly<Record<HelmProgram, string>>> {
  const linkerFlags = ['-X helm.sh/helm/v4/internal/version.version=v4.2.4']
  return goPrograms({ module: 'kube', name: 'helm', versionOf: 'helm.sh/helm/v4', packages, linkerFlags })
}
