// DNS that AWS drops: metrics of CoreDNS together with those of the ENI. The rules need CoreDNS's own metrics in the store
// (foreign-metrics.ts), with the node's name as a label, and never fire without them. CoreDNS that fails for other reasons: coredns.ts.
//
// CoreDNS 1.15.0 measures a query to its upstream only when it is answered (plugin/pkg/proxy/connect.go, Connect). A query that AWS dropped
// is therefore not in coredns_proxy_request_duration_seconds. It shows in the time that the client waited (plugin/forward/forward.go: after
// 2 s, defaultReadTimeout, the query is sent again), or as SERVFAIL after two of these, 4 s.
import { ALLOWANCE, CLUSTER, coredns, ENI, exported, INTERFACE, NODE, PER_ENI, PER_NODE } from '../names.ts'
import { type AlertRule, label, VALUE } from '../rule.ts'
import { threshold, VPC_RESOLVERS } from '../thresholds.ts'

const THROTTLED = exported('ena.allowance.throttled.time')
const LATENCY = coredns('coredns_dns_request_duration_seconds_bucket')
const QUERIES = coredns('coredns_dns_request_duration_seconds_count')
const RESPONSES = coredns('coredns_dns_responses_total')
const FORWARDED = coredns('coredns_proxy_request_duration_seconds_count')
const PANICS = coredns('coredns_panics_total')
const UNHEALTHY = coredns('coredns_proxy_healthcheck_failures_total')

/** ENIs on which AWS dropped link-local packets in several seconds. A second or two are a burst, whatever CoreDNS has at that time. */
export const THROTTLED_ENI = `max by (${PER_ENI}) (increase(${THROTTLED}{${ALLOWANCE}="linklocal"}[5m])) > ${threshold('dnsThrottledSeconds')}`

/**
 * Where CoreDNS suffers: a fraction of its queries is slow or fails, or its resolver does not answer health checks. The bound is one of
 * CoreDNS's: 0.25 ms, doubled 12 times (plugin/plugin.go, TimeBuckets).
 */
function suffers(by: string, more: string): string {
  const rate = (metric: string, labels = more): string => `sum by (${by}) (rate(${metric}{${labels}}[5m]))`
  const slow = `100 * (1 - ${rate(LATENCY, `${more}, le="1.024"`)} / ${rate(QUERIES)}) > ${threshold('dnsSlowPercent')}`
  const failed = `100 * ${rate(RESPONSES, `${more}, rcode="SERVFAIL"`)} / ${rate(RESPONSES)} > ${threshold('dnsFailedPercent')}`
  return `(${slow} or ${failed} or ${rate(UNHEALTHY)} > 0)`
}

/**
 * The ENI must be CoreDNS's own. Its series name the interface where it is known: NodeLocal DNSCache, on the node's network. The ENI of a
 * pod is known to the VPC CNI only: there, the node has to do.
 */
const OF_THE_ENI = `${PER_NODE}, ${INTERFACE}`
const WHERE_COREDNS_SUFFERS =
  `(${THROTTLED_ENI}) and on (${OF_THE_ENI}) ${suffers(OF_THE_ENI, `${INTERFACE}!=""`)} ` +
  `or (${THROTTLED_ENI}) and on (${PER_NODE}) ${suffers(PER_NODE, `${INTERFACE}=""`)}`

/**
 * In the group of the link-local limit, before its alerts: DnsThrottled inhibits them in Alertmanager, and has to be there when they arrive. A
 * late sample can only add throttled seconds, and the shares are of samples that come together, so they need no offset either.
 */
export const DNS_RULES: readonly AlertRule[] = [
  {
    alert: 'DnsThrottled',
    expr: WHERE_COREDNS_SUFFERS,
    keepFiringFor: '10m',
    severity: 'critical',
    summary: `DNS is failing because AWS drops its packets on node ${label(NODE)} of cluster ${label(CLUSTER)}`,
    description:
      `In ${VALUE} of the last 300 seconds, AWS dropped link-local packets on ${label(INTERFACE)} (${label(ENI)}) of node ${label(NODE)}, ` +
      `cluster ${label(CLUSTER)}, and the CoreDNS on that node answers slowly or with SERVFAIL. ` +
      'Every pod of the cluster whose query reaches this CoreDNS waits seconds for names outside the cluster, or gets an error.',
    dashboard: 'dns',
  },
  {
    // In EKS Auto Mode, CoreDNS is a service of each node that can't be scraped, and sends through the node's primary ENI: what AWS
    // drops there is DNS of the node's pods, besides IMDS and NTP. On other nodes it may be IMDS only, so this is optional.
    alert: 'DnsThrottledAutoMode',
    expr: `(${THROTTLED_ENI}) unless on (${PER_NODE}) ${PANICS}`,
    keepFiringFor: '10m',
    severity: 'critical',
    optional: true,
    summary: `DNS is failing on node ${label(NODE)} of cluster ${label(CLUSTER)} because AWS drops its packets`,
    description:
      `In ${VALUE} of the last 300 seconds, AWS dropped link-local packets on ${label(INTERFACE)} (${label(ENI)}) of node ${label(NODE)}, ` +
      `cluster ${label(CLUSTER)}. No CoreDNS of this node is scraped: in EKS Auto Mode, it is a service of the node and sends through this ENI. ` +
      'The pods of this node wait seconds for names outside the cluster, or get an error.',
    dashboard: 'dns',
  },
  {
    // One CoreDNS pod has one address and therefore one ENI. A request is one packet, or more over TCP or when it is repeated. Only
    // packets to the VPC resolver count against the limit, not those to a resolver in the VPC (EC2 User Guide, "Monitor network
    // performance for ENA settings on your EC2 instance": no impact on custom DNS resolvers).
    alert: 'LinkLocalRateNearLimit',
    expr: `sum by (${PER_NODE}, instance) (rate(${FORWARDED}{proxy_name="forward", to=~"${VPC_RESOLVERS}"}[2m])) > ${threshold('linkLocalRatePackets')}`,
    for: '2m',
    keepFiringFor: '5m',
    severity: 'warning',
    summary: `CoreDNS ${label('instance')} forwards ${VALUE} requests a second; its ENI may send 1024`,
    description:
      `CoreDNS ${label('instance')} on node ${label(NODE)} of cluster ${label(CLUSTER)} forwarded ${VALUE} requests a second to the VPC resolver, on average over 2 minutes. ` +
      'Its ENI may send 1024 packets a second to it. Above that, AWS drops queries, and names resolve slowly or not at all. ' +
      'The number includes only answered requests of CoreDNS, not other traffic of the node to the resolver, IMDS or NTP.',
    dashboard: 'dns',
  },
]
