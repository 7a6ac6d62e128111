// Names for expressions: of metrics, from the metrics table, and of labels.
import { METRICS } from '@ena-otel/metrics/table'

import type { CollectorMetric, CorednsMetric } from './foreign-metrics.ts'
import { OWN_METRICS } from './own-metrics.ts'
import { prometheusLabel, prometheusName } from './prometheus-name.ts'

/** Every name in PromQL that ena-otel exports, by its OpenTelemetry name. */
export const EXPORTED: ReadonlyMap<string, string> = new Map(
  [...METRICS, ...OWN_METRICS].map((metric) => [metric.name, prometheusName(metric)]),
)

/** The name in PromQL of a metric that ena-otel exports. @throws RangeError when the tables have no row of it */
export function exported(name: string): string {
  const found = EXPORTED.get(name)
  if (found === undefined) throw new RangeError(`neither METRICS nor OWN_METRICS has a row ${name}`)
  return found
}

/** The name of a metric of CoreDNS, which has to be one that the scrape keeps. */
export const coredns = (name: CorednsMetric): CorednsMetric => name

/** The name of a metric that the collectors report about themselves, without `_total`. */
export const collector = (name: CollectorMetric): CollectorMetric => name

// Resource attributes (packages/metrics/src/resource) and those of a point (node-points.ts).
export const CLUSTER: string = prometheusLabel('k8s.cluster.name')
export const NODE: string = prometheusLabel('k8s.node.name')
/** The EC2 instance's id: a node's name may be given to another instance, with its address. */
export const HOST: string = prometheusLabel('host.id')
export const INTERFACE: string = prometheusLabel('network.interface.name')
export const ENI: string = prometheusLabel('ena.eni.id')
export const ALLOWANCE: string = prometheusLabel('ena.allowance.name')
export const DIRECTION: string = prometheusLabel('network.io.direction')

/** What a limit of the instance is counted by. */
export const PER_NODE: string = [CLUSTER, NODE].join(', ')
/** What a limit of an interface is counted by. */
export const PER_ENI: string = [CLUSTER, NODE, INTERFACE, ENI].join(', ')
/** What a capacity that is learned over time is counted by. */
export const PER_INSTANCE: string = [CLUSTER, NODE, HOST].join(', ')
