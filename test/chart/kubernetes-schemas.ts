// Writes schemas/kubernetes.json, which the tests check the chart's objects against: the definitions of the kinds that it makes, and of
// what they consist of, without their descriptions.
//
//   node test/chart/kubernetes-schemas.ts FOLDER && pnpm format     FOLDER is that of the module k8s.io/kubernetes, as `go list -m -f {{.Dir}} k8s.io/kubernetes` says
//
// Source: api/openapi-spec/swagger.json of Kubernetes (Apache-2.0), of the version that test/tools/kube/go.mod names.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'

/** By `apiVersion kind`. */
const KINDS: Readonly<Record<string, string>> = {
  'v1 ConfigMap': 'io.k8s.api.core.v1.ConfigMap',
  'v1 Pod': 'io.k8s.api.core.v1.Pod',
  'v1 Service': 'io.k8s.api.core.v1.Service',
  'v1 ServiceAccount': 'io.k8s.api.core.v1.ServiceAccount',
  'apps/v1 DaemonSet': 'io.k8s.api.apps.v1.DaemonSet',
  'apps/v1 Deployment': 'io.k8s.api.apps.v1.Deployment',
  'autoscaling/v2 HorizontalPodAutoscaler': 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'networking.k8s.io/v1 NetworkPolicy': 'io.k8s.api.networking.v1.NetworkPolicy',
  'policy/v1 PodDisruptionBudget': 'io.k8s.api.policy.v1.PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1 Role': 'io.k8s.api.rbac.v1.Role',
  'rbac.authorization.k8s.io/v1 RoleBinding': 'io.k8s.api.rbac.v1.RoleBinding',
}

interface Definition {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly [keyword: string]: unknown
}

type Definitions = Readonly<Record<string, Definition>>

const [, , folder] = argv
if (folder === undefined) throw new TypeError('name the folder of the module k8s.io/kubernetes')
const swagger: { readonly definitions: Definitions } = JSON.parse(
  readFileSync(join(folder, 'api', 'openapi-spec', 'swagger.json'), 'utf8'),
)
const reached = new Map<string, Definition>()
for (const name of Object.values(KINDS)) reach(name)
const definitions = Object.fromEntries([...reached].sort(([a], [b]) => (a < b ? -1 : 1)))
const target = join(import.meta.dirname, 'schemas', 'kubernetes.json')
writeFileSync(target, `${JSON.stringify({ kinds: KINDS, definitions })}\n`)

function reach(name: string): void {
  const definition = swagger.definitions[name]
  if (definition === undefined || reached.has(name)) return
  reached.set(name, strict(name, definition))
  for (const [, next = ''] of JSON.stringify(definition).matchAll(/"#\/definitions\/([^"]+)"/g)) reach(next)
}

/** What has properties has no others: a misspelt field is a mistake. */
function strict(name: string, definition: Definition): Definition {
  const text = JSON.stringify(definition, (key, value: unknown) =>
    (key === 'description' && typeof value === 'string') || key.startsWith('x-kubernetes') ? undefined : value,
  )
  const bare: Definition = JSON.parse(text)
  if (name === 'io.k8s.apimachinery.pkg.util.intstr.IntOrString')
    return { oneOf: [{ type: 'string' }, { type: 'integer' }] }
  if (name === 'io.k8s.apimachinery.pkg.api.resource.Quantity')
    return { oneOf: [{ type: 'string' }, { type: 'number' }] }
  return bare.properties === undefined ? bare : { ...bare, additionalProperties: false }
}
