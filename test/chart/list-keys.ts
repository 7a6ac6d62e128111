// Lists whose items Kubernetes identifies by a key (`x-kubernetes-list-map-keys`). Server-side apply refuses two items with one key, and a
// schema can not say that.

/** By the name of the field. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  env: ['name'],
  containers: ['name'],
  initContainers: ['name'],
  additionalContainers: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  imagePullSecrets: ['name'],
  ports: ['name', 'port', 'containerPort', 'protocol'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
}

/** The items of `value`, at any depth, whose key another item of their list has: `spec.containers[0].env: A`. */
export function repeatedKeys(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.entries(value).flatMap(([key, item]) =>
    repeatedKeys(item, Array.isArray(value) ? `${path}[${key}]` : [path, key].filter(Boolean).join('.')),
  )
  return Array.isArray(value) ? [...repeatedIn(value, path), ...below] : below
}

function repeatedIn(list: readonly Readonly<Record<string, string | number>>[], path: string): readonly string[] {
  const keys = KEYS[/[^.]*$/.exec(path)?.[0] ?? '']
  if (keys === undefined) return []
  const all = list.map((item) => keys.flatMap((key) => item[key] ?? []).join(' '))
  return all.filter((key, i) => all.indexOf(key) !== i).map((key) => `${path}: ${key}`)
}
