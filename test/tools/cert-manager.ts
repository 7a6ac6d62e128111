// cert-manager's controllers, and the definitions of its custom resources.
import { goPrograms } from './go-module.ts'

const module = 'github.com/cert-manager/cert-manager'

/** Their paths; `crds` is a folder of YAML. */
export async function certManager(): Promise<Readonly<Record<'cert-manager' | 'crds', string>>> {
  return goPrograms({
    module: 'cert-manager',
    name: 'cert-manager',
    versionOf: module,
    packages: { 'cert-manager': '.' },
    folders: { crds: { module, path: 'deploy/crds' } },
  })
}
