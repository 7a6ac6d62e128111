// What the OpenTelemetry operator 0.158.0 makes of an OpenTelemetryCollector, written down from its source: the module proxy does not
// serve it, so it can't run here. Each function names the file that it follows, and has only what the chart's object sets.
import type { KubernetesObject } from '../../chart/chart.ts'

/** The objects that the operator applies for `collector`: of mode deployment, with a service account of its own. */
export function operatorMakes(collector: KubernetesObject): readonly KubernetesObject[] {
  const config = withDefaults(collector['spec'].config)
  const name = `${collector.metadata.name}-collector` // internal/naming/main.go
  const named = (suffix = ''): object => ({
    name: name + suffix,
    namespace: collector.metadata.namespace,
    labels: labels(collector, name),
  })
  const selector = selectorLabels(collector)
  const ports = receiverPorts(config)
  const service = (suffix: string, spec: object): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...named(suffix), name: name + suffix },
    spec: { selector, ...spec },
  })
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...named(), name },
      data: { 'collector.yaml': JSON.stringify(config) }, // JSON is YAML
    },
    deployment(collector, config, { ...named(), name }),
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { ...named(), name },
      spec: { ...collector['spec'].podDisruptionBudget, selector: { matchLabels: selector } },
    },
    service('', { ports }),
    service('-headless', { ports, clusterIP: 'None' }),
    service('-monitoring', { ports: [{ name: 'monitoring', port: metricsPort(config) }] }),
  ]
}

/** internal/components/single_endpoint.go AddressDefaulter, extensions/healthcheckv1.go: no host is 0.0.0.0. */
function withDefaults(given: Config): Config {
  const config = structuredClone(given)
  const servers = [...Object.values(config.receivers.otlp.protocols), config.extensions.health_check]
  for (const server of servers) server.endpoint = server.endpoint.replace(/^(?=:\d+$)/, '0.0.0.0')
  return config
}

interface Server {
  endpoint: string
}

interface Config {
  readonly receivers: { readonly otlp: { readonly protocols: Readonly<Record<'grpc' | 'http', Server>> } }
  readonly extensions: { readonly health_check: Server }
  readonly service: {
    readonly telemetry: {
      readonly metrics: {
        readonly readers: readonly { readonly pull: { readonly exporter: { readonly prometheus: { port: number } } } }[]
      }
    }
  }
}

/** internal/components/component.go PortFromEndpoint. */
function portOf({ endpoint }: Server): number {
  return Number(/:(\d+)/.exec(endpoint)![1])
}

/** internal/otelconfig/config.go MetricsEndpoint. */
function metricsPort(config: Config): number {
  return config.service.telemetry.metrics.readers[0]!.pull.exporter.prometheus.port
}

/** internal/components/receivers/helpers.go: the name of the receiver and of its protocol. */
function receiverPorts(config: Config): readonly object[] {
  return Object.entries(config.receivers.otlp.protocols).map(([protocol, server]) => {
    const port = portOf(server)
    return { name: `otlp-${protocol}`, port, targetPort: port, appProtocol: protocol }
  })
}

/** internal/manifests/manifestutils/labels.go SelectorLabels, internal/naming/triming.go. */
function selectorLabels({ metadata }: KubernetesObject): Readonly<Record<string, string>> {
  const { namespace = '', name } = metadata
  return {
    'app.kubernetes.io/managed-by': 'opentelemetry-operator',
    'app.kubernetes.io/instance': `${namespace.slice(0, 62 - name.length)}.${name}`,
    'app.kubernetes.io/part-of': 'opentelemetry',
    'app.kubernetes.io/component': 'opentelemetry-collector',
  }
}

/** Labels: those of the object itself, then those of the selector. */
function labels(collector: KubernetesObject, name: string): Readonly<Record<string, string>> {
  const version = String(collector['spec'].image).split(':').at(-1)!
  return {
    'app.kubernetes.io/name': name,
    ...collector.metadata.labels,
    ...selectorLabels(collector),
    'app.kubernetes.io/version': version,
  }
}

/** internal/manifests/collector/deployment.go, container.go, volume.go. */
function deployment(
  collector: KubernetesObject,
  config: Config,
  metadata: KubernetesObject['metadata'],
): KubernetesObject {
  const { spec } = collector
  const port = portOf(config.extensions.health_check)
  const probe = { httpGet: { path: '/', port } }
  const args = Object.entries(spec.args).map(([flag, value]) => `--${flag}=${String(value)}`)
  const ports = receiverPorts(config) as readonly { readonly name: string; readonly port: number }[]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: selectorLabels(collector) },
      template: {
        metadata: { labels: labels(collector, metadata.name), annotations: podAnnotations(spec) },
        spec: {
          serviceAccountName: spec.serviceAccount,
          securityContext: spec.podSecurityContext,
          terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
          topologySpreadConstraints: spec.topologySpreadConstraints,
          containers: [
            {
              name: 'otc-container',
              image: spec.image,
              imagePullPolicy: spec.imagePullPolicy,
              args: ['--config=/conf/collector.yaml', ...args.toSorted()],
              env: spec.env,
              resources: spec.resources,
              securityContext: spec.securityContext,
              ports: [
                ...ports.map((each) => ({ name: each.name, containerPort: each.port })),
                { name: 'health-check', containerPort: port },
                { name: 'metrics', containerPort: metricsPort(config) },
              ],
              startupProbe: probe,
              livenessProbe: probe,
              readinessProbe: probe,
              volumeMounts: [{ name: 'otc-internal', mountPath: '/conf' }, ...(spec.volumeMounts ?? [])],
            },
          ],
          volumes: [{ name: 'otc-internal', configMap: { name: metadata.name } }, ...(spec.volumes ?? [])],
        },
      },
    },
  }
}

/** internal/manifests/manifestutils/annotations.go PodAnnotations: the port is 8888, whatever the configuration has. */
function podAnnotations(spec: { readonly podAnnotations?: Readonly<Record<string, string>> }): object {
  const scraped = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8888', 'prometheus.io/path': '/metrics' }
  return { ...scraped, ...spec.podAnnotations }
}
