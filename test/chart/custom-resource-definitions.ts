// Definitions of the custom resources that the chart makes, for a cluster: they take any spec, as the tests against schemas look at that.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CustomResourceDefinition {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> }
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string; readonly plural: string; readonly singular: string }
    readonly [field: string]: unknown
  }
}

/** One for each kind in schemas/custom-resources.json. */
export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  const text = readFileSync(join(import.meta.dirname, 'schemas', 'custom-resources.json'), 'utf8')
  return Object.keys(JSON.parse(text)).map(definition)
}

/** The API server takes a definition in a group of Kubernetes only with a link to its approval. */
const APPROVED = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/kubernetes/pull/63797' }

/** @param name `cert-manager.io/v1 Certificate` */
function definition(name: string): CustomResourceDefinition {
  const [group = '', version, kind = ''] = name.split(/[/ ]/)
  const singular = kind.toLowerCase()
  const plural = `${singular}s`
  const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const openAPIV3Schema = { type: 'object', properties: { spec: any, status: any } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations: group.endsWith('.k8s.io') ? APPROVED : {} },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  }
}
