// kwok, which plays nodes and the kubelets of their pods, and the stages that it plays.
import { goPrograms } from './go-module.ts'

const module = 'sigs.k8s.io/kwok'

/** Their paths; `stages` is a folder of YAML: how a Node and a Pod become ready and go away. */
export async function kwok(): Promise<Readonly<Record<'kwok' | 'stages', string>>> {
  return goPrograms({
    module: 'kwok',
    name: 'kwok',
    versionOf: module,
    packages: { kwok: `${module}/cmd/kwok` },
    folders: { stages: { module, path: 'kustomize/stage' } },
  })
}
