// The collector that scrapes CoreDNS, as the chart renders it. Kubernetes, which tells it where CoreDNS is, isn't there.
import { FIVE_LINES, type Values } from './chart.ts'
import {
  collectorPorts,
  type Mounts,
  renderedCollector,
  type StartedCollector,
  startCollector,
} from './rendered-collector.ts'

export interface CorednsPod {
  /** Of its metrics, on the loopback. */
  readonly metricsPort: number
  readonly nodeName: string
  readonly clusterName: string
}

/**
 * Starts it; it scrapes every second.
 *
 * @param collectorEndpoint the chart's collector, `http://127.0.0.1:41939`
 * @param values others of the chart
 */
export async function corednsScraper(
  collectorEndpoint: string,
  { metricsPort, nodeName, clusterName }: CorednsPod,
  values: Values = {},
  mounts: Mounts = {},
): Promise<StartedCollector> {
  const { health } = await collectorPorts()
  const changes = {
    exporters: { otlp: { endpoint: new URL(collectorEndpoint).host } }, // in place of the Service's name
    extensions: { health_check: { endpoint: `127.0.0.1:${health}` } }, // by default all of the pod's addresses
    service: { telemetry: { metrics: { level: 'none' } } },
  }
  const rendered = await renderedCollector(
    {
      ...FIVE_LINES,
      ...values,
      clusterName,
      coredns: { scrape: { enabled: true, interval: '1s', port: metricsPort, config: changes } },
    },
    'coredns',
  )
  const config = structuredClone(rendered.config) as Scraper
  const [job] = config.receivers.prometheus.config.scrape_configs
  delete job.kubernetes_sd_configs
  job.static_configs = [{ targets: ['replaced by relabelling'], labels: discovered(metricsPort, nodeName) }]
  return startCollector({ ...rendered, config }, {}, mounts)
}

/** What is looked at of its configuration. */
interface Scraper {
  readonly receivers: { readonly prometheus: { readonly config: { readonly scrape_configs: readonly [Job] } } }
}

interface Job {
  kubernetes_sd_configs?: unknown
  static_configs?: readonly object[]
}

/** https://prometheus.io/docs/prometheus/latest/configuration/configuration/#pod */
function discovered(port: number, nodeName: string): Readonly<Record<string, string>> {
  return {
    __meta_kubernetes_namespace: 'kube-system',
    __meta_kubernetes_pod_name: 'coredns-5d78c9869d-x7k2p',
    __meta_kubernetes_pod_phase: 'Running',
    __meta_kubernetes_pod_ip: '127.0.0.1',
    __meta_kubernetes_pod_node_name: nodeName,
    __meta_kubernetes_pod_container_port_number: String(port),
  }
}
