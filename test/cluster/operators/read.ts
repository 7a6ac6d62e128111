// What the operators that can't be built here do with the chart's objects, as read in their source. docs/operators.md has it as a table,
// and read.test.ts checks the objects against each row.

export interface Row {
  /** The source's path, below the root of the operator's repository or of `repository`. */
  readonly source: string
  /** What it does with an object like ours. */
  readonly does: string
  /** What that means for the chart. */
  readonly ours: string
}

export interface ReadOperator {
  readonly name: string
  /** `OWNER/NAME` on GitHub. */
  readonly repository: string
  /** The tag that was read. */
  readonly version: string
  readonly rows: Readonly<Record<string, Row>>
}

export const OPENTELEMETRY = {
  name: 'OpenTelemetry operator',
  repository: 'open-telemetry/opentelemetry-operator',
  version: 'v0.158.0',
  rows: {
    defaults: {
      source: 'internal/webhook/collector_webhook.go',
      does: 'Sets mode, upgradeStrategy (automatic), replicas (1) and managementState if they are missing. It refuses a change of mode.',
      ours: 'The object has mode and `upgradeStrategy: none`, so an upgrade of the operator does not rewrite the configuration.',
    },
    endpoints: {
      source: 'internal/components/single_endpoint.go, internal/components/extensions/healthcheckv1.go',
      does: 'Replaces the missing host of an endpoint (`:4317`) by 0.0.0.0, on which Go also accepts IPv6.',
      ours: 'The endpoints have no host. A real collector with 0.0.0.0 accepts IPv4 and IPv6 in the tests.',
    },
    telemetry: {
      source: 'internal/otelconfig/config.go',
      does: 'Leaves a configured metrics reader alone, and uses its port.',
      ours: 'The configuration has a Prometheus reader, on all addresses.',
    },
    container: {
      source: 'internal/manifests/collector/container.go',
      does: "Passes `--config=/conf/collector.yaml` and the sorted args. Our environment comes before the operator's.",
      ours: 'args has feature-gates only.',
    },
    probes: {
      source: 'internal/components/extensions/healthcheckv1.go',
      does: 'Makes startup, liveness and readiness probes of the health_check extension.',
      ours: 'The extension is health_check, whose name it knows, in service.extensions.',
    },
    services: {
      source: 'internal/manifests/collector/service.go',
      does: 'Makes the Services NAME-collector (otlp-grpc, otlp-http), -headless, -monitoring (port of the metrics) and -extension.',
      ours: 'Agents push to NAME-collector. `helm test` reads -collector-monitoring.',
    },
    labels: {
      source: 'internal/manifests/manifestutils/labels.go, internal/naming/triming.go',
      does: 'The pods have app.kubernetes.io/instance NAMESPACE.NAME, whose namespace is shortened to fit in 63 characters, and app.kubernetes.io/component.',
      ours: 'NetworkPolicy, PodMonitor and the topology spread select these two.',
    },
    serviceAccount: {
      source: 'internal/manifests/collector/serviceaccount.go',
      does: 'Makes a service account unless spec.serviceAccount names one.',
      ours: 'It names ours, which has the role.',
    },
    disruption: {
      source: 'internal/manifests/collector/poddisruptionbudget.go',
      does: 'Makes a PodDisruptionBudget of minAvailable and maxUnavailable only.',
      ours: 'maxUnavailable is set. unhealthyPodEvictionPolicy can not be.',
    },
    annotations: {
      source: 'internal/manifests/manifestutils/annotations.go',
      does: 'Adds prometheus.io/port 8888 to the pods, whatever port the metrics have, unless podAnnotations has it.',
      ours: 'With another `collector.ports.metrics`, set it in `collector.podAnnotations`.',
    },
  },
} as const satisfies ReadOperator

export const ACK = {
  name: 'ACK prometheusservice controller',
  repository: 'aws-controllers-k8s/prometheusservice-controller',
  version: 'v1.4.3',
  rows: {
    workspace: {
      source: 'pkg/resource/workspace/sdk.go',
      does: 'Calls CreateWorkspace with alias and tags, and writes status.workspaceID.',
      ours: 'alias is the name of the release and the cluster.',
    },
    configuration: {
      source: 'pkg/resource/rule_groups_namespace/sdk.go, pkg/resource/rule_groups_namespace/hooks.go',
      does: 'Sends the bytes of spec.configuration as data (CreateRuleGroupsNamespace, PutRuleGroupsNamespace), and compares with what AMP returns.',
      ours: 'configuration is the rule file as text, not in base64.',
    },
    reference: {
      source: 'pkg/resource/rule_groups_namespace/references.go',
      does: 'Wants exactly one of workspaceID and workspaceRef, and waits until the referenced Workspace is synced.',
      ours: 'workspaceRef with `amp.ack.createWorkspace`, otherwise workspaceID.',
    },
    terminal: {
      source: 'generator.yaml',
      does: 'ValidationException is terminal: it does not try again until the object changes.',
      ours: 'The rules are checked by promtool, and the definition by amtool, before they are released.',
    },
    immutable: {
      source: 'generator.yaml',
      does: 'name and workspaceID can not change (a CEL rule of the CRD).',
      ours: 'Change `rules.ack.name` or the workspace after `kubectl delete` of the object.',
    },
    alertmanager: {
      source: 'pkg/resource/alert_manager_definition/sdk.go',
      does: 'Calls CreateAlertManagerDefinition with the bytes of configuration. A configuration that AMP refuses later is terminal.',
      ours: 'configuration has the key alertmanager_config with a text.',
    },
    region: {
      source: 'pkg/runtime/reconciler.go of aws-controllers-k8s/runtime v0.58.0',
      does: 'Takes the region from status, then the annotation services.k8s.aws/region, the namespace, its own configuration.',
      ours: 'Every object has the annotation.',
    },
    deletion: {
      source: 'pkg/runtime/reconciler.go of aws-controllers-k8s/runtime v0.58.0',
      does: 'Keeps the AWS resource of a deleted object with services.k8s.aws/deletion-policy: retain.',
      ours: 'The Workspace has it, unless `amp.ack.keepWorkspace` is false.',
    },
    fieldExport: {
      source: 'pkg/runtime/field_export_reconciler.go of aws-controllers-k8s/runtime v0.58.0',
      does: 'Patches the key of an existing ConfigMap; it does not create one.',
      ours: 'The chart creates the ConfigMap without data.',
    },
  },
} as const satisfies ReadOperator

export const GRAFANA = {
  name: 'grafana-operator',
  repository: 'grafana/grafana-operator',
  version: 'v5.24.0',
  rows: {
    source: {
      source: 'controllers/content/resolver.go',
      does: 'Wants exactly one source of the dashboard.',
      ours: 'spec.json.',
    },
    uid: {
      source: 'controllers/content/uid.go',
      does: 'Takes the uid from spec.uid, then from the JSON, then from the object.',
      ours: 'The JSON has a uid, so links to a dashboard stay valid.',
    },
    instances: {
      source: 'controllers/controller_shared.go',
      does: 'Selects ready Grafanas by label; those of other namespaces only with allowCrossNamespaceImport.',
      ours: '`dashboards.grafanaOperator.instanceSelector`, and allowCrossNamespaceImport: true.',
    },
    folder: {
      source: 'controllers/dashboard_controller.go',
      does: "Creates the folder by its title; without one, the namespace's name.",
      ours: '`dashboards.grafanaOperator.folder`.',
    },
    immutable: {
      source: 'api/v1beta1/common.go',
      does: 'instanceSelector can not change, and allowCrossNamespaceImport can not become false (CEL rules of the CRD).',
      ours: 'Delete the GrafanaDashboards before such an upgrade.',
    },
  },
} as const satisfies ReadOperator

export const ADOT = {
  name: 'ADOT collector',
  repository: 'aws-observability/aws-otel-collector',
  version: 'v0.49.0',
  rows: {
    user: {
      source: 'cmd/awscollector/Dockerfile',
      does: 'The image names its user (aoc), which Kubernetes can not verify for runAsNonRoot.',
      ours: 'runAsUser is 4317, the id of aoc.',
    },
    flags: {
      source: 'pkg/config/flags.go',
      does: 'Knows --config, --set and --feature-gates only.',
      ours: 'The pods have --config and --feature-gates.',
    },
    environment: {
      source: 'pkg/config/config_factory.go',
      does: 'AOT_CONFIG_CONTENT in the environment replaces --config.',
      ours: 'The chart does not set it.',
    },
    components: {
      source: 'pkg/defaultcomponents/defaults.go',
      does: 'Has a fixed set of components.',
      ours: 'The configurations use otlp, prometheus, memory_limiter, resource, batch, prometheusremotewrite, otlphttp, health_check and sigv4auth, which are in it.',
    },
    log: {
      source: 'pkg/logger/logger.go',
      does: 'Logs to standard error in a container, without a file.',
      ours: 'The root file system is read-only.',
    },
  },
} as const satisfies ReadOperator

/** In the order of the document. */
const READ: readonly ReadOperator[] = [OPENTELEMETRY, ACK, GRAFANA, ADOT]

/** The tables of docs/operators.md: a heading and a table for each operator. */
export function documented(): string {
  return READ.map(({ name, repository, version, rows }) => {
    const lines = Object.values(rows).map(({ does, ours, source }) => `| ${does} | ${ours} | ${source} |`)
    const table = ['| what it does | the chart | source |', '| --- | --- | --- |', ...lines]
    return `### ${name}\n\nRead: ${repository} ${version}.\n\n${table.join('\n')}\n`
  }).join('\n')
}
