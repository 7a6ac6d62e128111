// The agent as Kubernetes objects, hardened as DESIGN.md says ("Little on the node"): of the host it has the network, and nothing
// else. The chart will take their place.

export interface AgentOptions {
  readonly image: string
  /** Of the collector: `127.0.0.1:41939`. */
  readonly endpoint: string
  /** Interfaces to read: a test's node has no NIC, only veth pairs, which the agent leaves out by itself. */
  readonly include: readonly string[]
  readonly clusterName: string
  readonly namespace: string
  /** True by default. */
  readonly hostNetwork?: boolean
  /** 8413 by default. */
  readonly healthPort?: number
}

/** The DaemonSet `ena-otel`. */
export function agentDaemonSet(options: AgentOptions): object {
  const labels = { 'app.kubernetes.io/name': 'ena-otel' }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'ena-otel', namespace: options.namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate' },
      template: { metadata: { labels }, spec: podSpec(options) },
    },
  }
}

/** A namespace with a Pod Security level: hostNetwork needs `privileged`. */
export function namespace(name: string, enforce: 'privileged' | 'baseline'): object {
  const labels = { 'pod-security.kubernetes.io/enforce': enforce }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

function podSpec(options: AgentOptions): object {
  const { image, endpoint, include, clusterName, hostNetwork = true, healthPort = 8413 } = options
  // The kubelet asks from the node's network: whoever has that port on the node answers for the pod.
  const probe = (path: string): object => ({ httpGet: { host: '127.0.0.1', port: healthPort, path } })
  const settings = {
    '--endpoint': `http://${endpoint}`,
    '--export-interval': '1s',
    '--include': include.join(','),
    '--health-port': `${healthPort}`,
  }
  return {
    hostNetwork,
    dnsPolicy: 'Default', // of the node: cluster DNS is what fails in the incident that the agent reports
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 10,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_534,
      runAsGroup: 65_534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'ena-otel',
        image,
        imagePullPolicy: 'Never',
        args: Object.entries(settings).flat(),
        env: [
          { name: 'K8S_NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          { name: 'K8S_CLUSTER_NAME', value: clusterName },
          { name: 'AWS_EC2_METADATA_DISABLED', value: 'true' },
        ],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        resources: { requests: { cpu: '10m', memory: '96Mi' }, limits: { memory: '160Mi' } },
        startupProbe: { ...probe('/livez'), periodSeconds: 1, failureThreshold: 30 },
        livenessProbe: { ...probe('/livez'), periodSeconds: 10 },
        readinessProbe: { ...probe('/readyz'), periodSeconds: 2 },
      },
    ],
  }
}
