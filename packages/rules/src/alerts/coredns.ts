// CoreDNS that fails while AWS drops nothing: errors, a slow upstream, panics, no CoreDNS at all. Like dns.ts, the rules need CoreDNS's own
// metrics. Nodes whose ENI is throttled are left out: DnsThrottled has them.
import { CLUSTER, coredns, NODE, PER_NODE } from '../names.ts'
import { label, type RuleGroup, VALUE } from '../rule.ts'
import { threshold } from '../thresholds.ts'
import { THROTTLED_ENI } from './dns.ts'

const RESPONSES = coredns('coredns_dns_responses_total')
const FORWARDED = coredns('coredns_proxy_request_duration_seconds_count')
const FORWARD_LATENCY = coredns('coredns_proxy_request_duration_seconds_bucket')
/** CoreDNS has it from its start, whatever it is asked: where it is, CoreDNS answers its scrape. */
const PANICS = coredns('coredns_panics_total')

const NODE_OF_CLUSTER = `node ${label(NODE)} of cluster ${label(CLUSTER)}`
const PER_JOB = `${CLUSTER}, job`
const PER_UPSTREAM = `${PER_NODE}, to`

const rate = (by: string, selector: string): string => `sum by (${by}) (rate(${selector}[5m]))`
/** Because of something else than throttling. */
const unthrottled = (vector: string): string => `${vector} unless on (${PER_NODE}) (${THROTTLED_ENI})`

const ALL = rate(PER_NODE, RESPONSES)
const FAILED = rate(PER_NODE, `${RESPONSES}{rcode="SERVFAIL"}`)
const ALL_FORWARDED = rate(PER_UPSTREAM, `${FORWARDED}{proxy_name="forward"}`)
const REFUSED = rate(PER_UPSTREAM, `${FORWARDED}{proxy_name="forward", rcode=~"SERVFAIL|REFUSED"}`)
const FAST = rate(PER_UPSTREAM, `${FORWARD_LATENCY}{proxy_name="forward", le="1.024"}`)

export const COREDNS_GROUP: RuleGroup = {
  name: 'ena-otel.coredns',
  interval: '30s',
  queryOffset: '1m', // without the throttled seconds that are late, CoreDNS would be blamed; without a late scrape, it would be missing
  rules: [
    {
      alert: 'CorednsFailing',
      expr: unthrottled(`100 * ${FAILED} / ${ALL} > ${threshold('corednsFailedPercent')}`),
      for: '5m',
      keepFiringFor: '5m',
      severity: 'warning',
      summary: `${VALUE} % of the responses of CoreDNS are SERVFAIL on ${NODE_OF_CLUSTER}`,
      description:
        `The CoreDNS on ${NODE_OF_CLUSTER} answers ${VALUE} % of its queries with SERVFAIL, and AWS drops none of its packets. ` +
        'Pods whose query reaches it get an error instead of an address. Its upstream, the Kubernetes API or its configuration is the likely cause.',
      dashboard: 'dns',
    },
    {
      // Of a whole cluster: half of it fails when one CoreDNS of two does. A name that its own servers do not answer is a few percent.
      alert: 'CorednsFailing',
      expr: `100 * sum by (${CLUSTER}) (${unthrottled(FAILED)}) / sum by (${CLUSTER}) (${ALL}) > ${threshold('corednsFailedCriticalPercent')}`,
      for: '2m',
      keepFiringFor: '5m',
      severity: 'critical',
      summary: `${VALUE} % of the DNS responses in cluster ${label(CLUSTER)} are SERVFAIL, and AWS drops nothing`,
      description:
        `CoreDNS answers ${VALUE} % of the queries in cluster ${label(CLUSTER)} with SERVFAIL, on nodes where AWS drops none of its packets. ` +
        'Pods get an error instead of an address. No limit of AWS is involved: its upstream, the Kubernetes API or its configuration is the likely cause.',
      dashboard: 'dns',
    },
    {
      alert: 'CorednsUpstreamFailing',
      expr: unthrottled(
        `(100 * ${REFUSED} / ${ALL_FORWARDED} > ${threshold('upstreamFailedPercent')} or 100 * (1 - ${FAST} / ${ALL_FORWARDED}) > ${threshold('upstreamSlowPercent')})`,
      ),
      for: '5m',
      keepFiringFor: '5m',
      severity: 'warning',
      summary: `${label('to')} fails or is slow for ${VALUE} % of the requests of CoreDNS on ${NODE_OF_CLUSTER}`,
      description:
        `${label('to')} answers ${VALUE} % of the requests that the CoreDNS on ${NODE_OF_CLUSTER} forwards to it with SERVFAIL or REFUSED, or only after more than a second. ` +
        'AWS drops none of them. Pods wait for names outside the cluster, or get an error.',
      dashboard: 'dns',
    },
    {
      alert: 'CorednsPanics',
      expr: `sum by (${PER_NODE}, instance) (increase(${PANICS}[15m])) > ${threshold('corednsPanics')}`,
      keepFiringFor: '10m',
      severity: 'warning',
      summary: `CoreDNS ${label('instance')} panicked on ${NODE_OF_CLUSTER}`,
      description:
        `CoreDNS ${label('instance')} on ${NODE_OF_CLUSTER} panicked about ${VALUE} times in 15 minutes. It continues, but each such query got SERVFAIL, ` +
        'and a plugin may have stopped updating what it answers. This is a bug of CoreDNS or of a plugin.',
      dashboard: 'dns',
    },
    {
      // By job: NodeLocal DNSCache still runs when CoreDNS does not. 50 minutes: a cluster whose scrape was uninstalled stops paging within an
      // hour. 5 minutes: a scraper is replaced in less.
      alert: 'CorednsDown',
      expr: `count by (${PER_JOB}) (last_over_time(${PANICS}[50m])) unless on (${PER_JOB}) group by (${PER_JOB}) (${PANICS})`,
      for: '5m',
      severity: 'critical',
      summary: `No pod of the scrape job ${label('job')} of cluster ${label(CLUSTER)} answers`,
      description:
        `No CoreDNS of the scrape job ${label('job')} of cluster ${label(CLUSTER)} has answered for 5 minutes; ${VALUE} did in the 50 minutes before. ` +
        'Either no CoreDNS runs, and no pod resolves any name, or only the scrape fails, and no alert about DNS can fire. The alert ends by itself within an hour.',
      dashboard: 'dns',
    },
  ],
}
