// One case of promtool's unit tests: what the store holds, and which alerts of a name fire then.
import type { AlertRule } from '../../src/rule.ts'
import type { Labels, Series } from '../series.ts'

export interface AlertCase {
  readonly alert: string
  /** Completes the alert's name to a sentence. */
  readonly title: string
  readonly series: readonly Series[]
  /** When the rules were evaluated last, in seconds. A group with a query_offset looks at what was so long before. */
  readonly at: number
  /** All that fires then. */
  readonly firing: readonly Firing[]
}

export interface Firing {
  readonly severity: AlertRule['severity']
  readonly labels: Labels
  /** What the annotations say, rounded. */
  readonly value: number
}

export const minutes = (count: number): number => count * 60

// Labels as resource_to_telemetry_conversion leaves them: names from packages/metrics/src/resource, values as AWS writes them.
const RESOURCE = { job: 'ena-otel', k8s_cluster_name: 'blue', cloud_region: 'eu-west-1' }

export const NODE = { k8s_cluster_name: 'blue', k8s_node_name: 'ip-10-0-1-23.eu-west-1.compute.internal' }
export const OTHER_NODE = { ...NODE, k8s_node_name: 'ip-10-0-2-45.eu-west-1.compute.internal' }
export const INSTANCE = { ...NODE, host_id: 'i-0123456789abcdef0' }
export const ETH0 = { network_interface_name: 'eth0', ena_eni_id: 'eni-0aaaaaaaaaaaaaaaa' }
export const ETH1 = { network_interface_name: 'eth1', ena_eni_id: 'eni-0bbbbbbbbbbbbbbbb' }

/** All labels of a series of an agent. */
export function labelsOf(node: Labels, ...more: readonly Labels[]): Labels {
  const all: Labels = Object.assign({ ...RESOURCE, host_id: 'i-0123456789abcdef0' }, node, ...more)
  return { ...all, instance: all['k8s_node_name'] ?? '' }
}
