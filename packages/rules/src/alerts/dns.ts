// DNS: metrics of CoreDNS together with those of the ENI. Both rules need CoreDNS's own metrics in the store (foreign-metrics.ts), with
// the node's name as a label, and never fire without them.
//
// CoreDNS 1.15.0 measures a query to its upstream only when it is answered (plugin/pkg/proxy/connect.go, Connect). A query that AWS dropped
// is therefore not in coredns_proxy_request_duration_seconds. It shows in the time that the client waited (plugin/forward/forward.go: after
// 2 s, defaultReadTimeout, the query is sent again), or as SERVFAIL after two of these, 4 s.
import { ALLOWANCE, CLUSTER, coredns, ENI, exported, INTERFACE, NODE, PER_ENI, PER_NODE } from '../names.ts'
import { label, type RuleGroup, VALUE } from '../rule.ts'
import { threshold } from '../thresholds.ts'

const THROTTLED = exported('ena.allowance.throttled.time')
const LATENCY = coredns('coredns_dns_request_duration_seconds_bucket')
const QUERIES = coredns('coredns_dns_request_duration_seconds_count')
const RESPONSES = coredns('coredns_dns_responses_total')
const FORWARDED = coredns('coredns_proxy_request_duration_seconds_count')
const UNHEALTHY = coredns('coredns_proxy_healthcheck_failures_total')

const rate = (selector: string): string => `sum by (${PER_NODE}) (rate(${selector}[5m]))`

/** Percent of queries that took longer than a bucket's bound: 0.25 ms, doubled 12 times (plugin/plugin.go, TimeBuckets). */
const SLOW = `100 * (1 - ${rate(`${LATENCY}{le="1.024"}`)} / ${rate(QUERIES)})`
const FAILED = `100 * ${rate(`${RESPONSES}{rcode="SERVFAIL"}`)} / ${rate(RESPONSES)}`

const THROTTLED_ENI = `max by (${PER_ENI}) (increase(${THROTTLED}{${ALLOWANCE}="linklocal"}[5m])) > 0`
const COREDNS_SUFFERS = `(${SLOW} > ${threshold('dnsSlowPercent')} or ${FAILED} > ${threshold('dnsFailedPercent')} or ${rate(UNHEALTHY)} > 0)`

export const DNS_GROUP: RuleGroup = {
  name: 'ena-otel.dns',
  interval: '30s',
  rules: [
    {
      alert: 'DnsThrottled',
      expr: `${THROTTLED_ENI} and on (${PER_NODE}) ${COREDNS_SUFFERS}`,
      keepFiringFor: '10m',
      severity: 'critical',
      summary: `DNS is failing because AWS drops its packets on node ${label(NODE)} of cluster ${label(CLUSTER)}`,
      description:
        `In ${VALUE} of the last 300 seconds, AWS dropped link-local packets on ${label(INTERFACE)} (${label(ENI)}) of node ${label(NODE)}, ` +
        `cluster ${label(CLUSTER)}, and the CoreDNS on that node answers slowly or with SERVFAIL. ` +
        'Every pod of the cluster whose query reaches this CoreDNS waits seconds for names outside the cluster, or gets an error.',
    },
    {
      // One CoreDNS pod has one address and therefore one ENI. A request is one packet, or more over TCP or when it is repeated.
      alert: 'LinkLocalRateNearLimit',
      expr: `sum by (${PER_NODE}, instance) (rate(${FORWARDED}{proxy_name="forward"}[2m])) > ${threshold('linkLocalRatePackets')}`,
      for: '2m',
      keepFiringFor: '5m',
      severity: 'warning',
      summary: `CoreDNS ${label('instance')} forwards ${VALUE} requests a second; its ENI may send 1024`,
      description:
        `CoreDNS ${label('instance')} on node ${label(NODE)} of cluster ${label(CLUSTER)} forwarded ${VALUE} requests a second on average over 2 minutes. ` +
        'Its ENI may send 1024 packets a second to the VPC resolver. Above that, AWS drops queries, and names resolve slowly or not at all. ' +
        'The number includes only answered requests of CoreDNS, not other traffic of the node to the resolver, IMDS or NTP.',
    },
  ],
}
