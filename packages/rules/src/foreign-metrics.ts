// Metrics of others that the rules and dashboards look at, where the store has them. Without them the rules that need them are silent.

/**
 * CoreDNS 1.11 and newer (source: coredns 1.15.0, plugin/metrics/vars/vars.go and plugin/pkg/proxy/metrics.go). A scrape needs to keep
 * no more than these, with the labels `k8s_cluster_name` and `k8s_node_name` added: CoreDNS itself doesn't know its node.
 */
export const COREDNS_METRICS = [
  'coredns_dns_request_duration_seconds_bucket', // labels server, zone, view, le
  'coredns_dns_request_duration_seconds_count',
  'coredns_dns_request_duration_seconds_sum',
  'coredns_dns_responses_total', // server, zone, view, rcode, plugin
  'coredns_proxy_request_duration_seconds_bucket', // proxy_name (forward), to, rcode, le
  'coredns_proxy_request_duration_seconds_count',
  'coredns_proxy_request_duration_seconds_sum',
  'coredns_proxy_healthcheck_failures_total', // proxy_name, to
  'coredns_panics_total',
  'coredns_cache_requests_total', // server, zones, view; with the plugin cache
  'coredns_cache_hits_total', // and type; from the first hit on
] as const

export type CorednsMetric = (typeof COREDNS_METRICS)[number]

/** The collectors' own (opentelemetry-collector 0.156, receiverhelper and exporterhelper); through a scrape with or without `_total`. */
export const COLLECTOR_METRICS = [
  'otelcol_receiver_accepted_metric_points', // receiver, transport
  'otelcol_receiver_refused_metric_points',
  'otelcol_exporter_send_failed_metric_points', // exporter
  'otelcol_exporter_enqueue_failed_metric_points',
] as const

export type CollectorMetric = (typeof COLLECTOR_METRICS)[number]

/** kube-state-metrics, docs/metrics/cluster/node-metrics.md: 1 for each node that the Kubernetes API has; label `node`. */
export const KUBE_NODE_INFO = 'kube_node_info'
