// Names and labels that Kubernetes refuses, which a schema does not say.
import type { KubernetesObject } from './chart.ts'

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const subdomain = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** By the kind: a Service is a host in DNS. The operator adds `-collector-monitoring` to its object's. */
const NAMES: Readonly<Record<string, (name: string) => boolean>> = {
  Service: (name) => label.test(name) && /^[a-z]/.test(name),
  OpenTelemetryCollector: (name) => label.test(`${name}-collector-monitoring`) && /^[a-z]/.test(name),
}

/** What is wrong with the names and labels of an object: `Service 2024-x: name`. */
export function wrongNames(object: KubernetesObject): readonly string[] {
  const { kind, metadata } = object
  const isValid = NAMES[kind] ?? ((name: string) => subdomain.test(name))
  const wrong = [
    ...(typeof metadata.name === 'string' && isValid(metadata.name) ? [] : [`name ${metadata.name}`]),
    ...(typeof metadata.namespace === 'string' && label.test(metadata.namespace)
      ? []
      : [`namespace ${metadata.namespace}`]),
    ...labels(object)
      .filter((value) => typeof value !== 'string' || !labelValue.test(value))
      .map((value) => `label ${String(value)}`),
  ]
  return wrong.map((what) => `${kind} ${metadata.name}: ${what}`)
}

/** The values of all labels and label selectors, at any depth. */
function labels(value: unknown, key = ''): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (key === 'rules') return [] // those of alerts are Prometheus's: any text
  if (key === 'labels' || key === 'matchLabels') return Object.values(value)
  return Object.entries(value).flatMap(([name, item]) => labels(item, name))
}
