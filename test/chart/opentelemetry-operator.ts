// A stand-in for the OpenTelemetry operator: it makes the objects of an OpenTelemetryCollector with the names, labels and owner that the
// operator gives them. Source: opentelemetry-operator, internal/naming/main.go and internal/manifests/manifestutils/labels.go.
import type { Cluster } from '../cluster/cluster.ts'

/** Makes the Deployment (of no pods) and the Service of the OpenTelemetryCollector `collector`. @returns their name */
export async function reconcile(cluster: Cluster, namespace: string, collector: string): Promise<string> {
  const uid = ['get', 'opentelemetrycollectors.opentelemetry.io', collector, '-o', 'jsonpath={.metadata.uid}']
  const owner = {
    apiVersion: 'opentelemetry.io/v1beta1',
    kind: 'OpenTelemetryCollector',
    name: collector,
    uid: await cluster.kubectl(['-n', namespace, ...uid]),
    controller: true,
    blockOwnerDeletion: true,
  }
  const labels = {
    'app.kubernetes.io/managed-by': 'opentelemetry-operator',
    'app.kubernetes.io/instance': `${namespace}.${collector}`,
    'app.kubernetes.io/part-of': 'opentelemetry',
    'app.kubernetes.io/component': 'opentelemetry-collector',
  }
  const metadata = { name: `${collector}-collector`, namespace, labels, ownerReferences: [owner] }
  const containers = [{ name: 'otc-container', image: 'localhost/otelcol:test', imagePullPolicy: 'Never' }]
  await cluster.apply([
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: 4317 }] } },
  ])
  return metadata.name
}
