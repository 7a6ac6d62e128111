import { coredns } from '../../src/names.ts'
import { type Labels, rising, sampled, type Series } from '../series.ts'
import { type AlertCase, minutes, NODE, OTHER_NODE } from './case.ts'
import { coreDns, throttled } from './dns.ts'

const UNTIL = minutes(80)
const CLUSTER = { k8s_cluster_name: 'blue' }
const INSTANCE = '10.0.1.99:9153'

/** The requests to one upstream, 100 a second: so many of 100 are refused, so many take longer than a second. */
function upstream(node: Labels, to: string, { refused = 0, slow = 0 }): readonly Series[] {
  const labels = { ...node, job: 'coredns', instance: INSTANCE, proxy_name: 'forward', to }
  const each = (name: string, more: Labels, perSecond: number): Series =>
    sampled(name, { ...labels, ...more }, (second) => Math.round(perSecond * second), { until: minutes(20) })
  const count = coredns('coredns_proxy_request_duration_seconds_count')
  const bucket = coredns('coredns_proxy_request_duration_seconds_bucket')
  return [
    each(count, { rcode: 'NOERROR' }, 100 - refused),
    each(count, { rcode: 'REFUSED' }, refused),
    each(bucket, { rcode: 'NOERROR', le: '1.024' }, 100 - refused - slow),
    each(bucket, { rcode: 'REFUSED', le: '1.024' }, refused),
  ]
}

const panics = (
  node: Labels,
  valueAt: (second: number) => number | undefined,
  instance = INSTANCE,
  job = 'coredns',
): Series => sampled(coredns('coredns_panics_total'), { ...node, job, instance }, valueAt, { until: UNTIL, every: 30 })
const runsUntil = (second: number) => (now: number) => (now <= second ? 0 : undefined)

const RESOLVER = '10.0.0.2:53'

export const COREDNS_CASES: readonly AlertCase[] = [
  {
    alert: 'CorednsFailing',
    title: 'fires when every response is SERVFAIL and AWS drops nothing',
    series: [throttled(0), ...coreDns(NODE, { failed: 1 })],
    at: minutes(15),
    firing: [
      { severity: 'warning', labels: NODE, value: 100 },
      { severity: 'critical', labels: CLUSTER, value: 100 },
    ],
  },
  {
    alert: 'CorednsFailing',
    title: 'fires without any data of the ENI',
    series: coreDns(NODE, { failed: 1 }),
    at: minutes(15),
    firing: [
      { severity: 'warning', labels: NODE, value: 100 },
      { severity: 'critical', labels: CLUSTER, value: 100 },
    ],
  },
  {
    alert: 'CorednsFailing',
    title: 'only warns of one CoreDNS of two that fails 12 % of its queries: 6 % of the cluster',
    series: [...coreDns(NODE, { failed: 0.12 }), ...coreDns(OTHER_NODE, {})],
    at: minutes(15),
    firing: [{ severity: 'warning', labels: NODE, value: 12 }],
  },
  {
    alert: 'CorednsFailing',
    title: 'is silent about 2 % that never change: names whose own servers do not answer',
    series: coreDns(NODE, { failed: 0.02 }),
    at: minutes(15),
    firing: [],
  },
  {
    alert: 'CorednsFailing',
    title: 'is silent while AWS drops packets of the ENI, for DnsThrottled fires',
    series: [throttled(minutes(20), NODE, 10), ...coreDns(NODE, { failed: 1 })],
    at: minutes(16),
    firing: [],
  },
  {
    alert: 'CorednsUpstreamFailing',
    title: 'warns of a resolver that refuses 20 % of the requests',
    series: [...upstream(NODE, RESOLVER, { refused: 20 }), ...upstream(NODE, '10.0.3.4:53', {})],
    at: minutes(15),
    firing: [{ severity: 'warning', labels: { ...NODE, to: RESOLVER }, value: 20 }],
  },
  {
    alert: 'CorednsUpstreamFailing',
    title: 'warns of one that takes longer than a second for 30 %',
    series: upstream(NODE, RESOLVER, { slow: 30 }),
    at: minutes(15),
    firing: [{ severity: 'warning', labels: { ...NODE, to: RESOLVER }, value: 30 }],
  },
  {
    alert: 'CorednsUpstreamFailing',
    title: 'is silent about 2 % of each, and while AWS drops packets',
    series: [
      ...upstream(NODE, RESOLVER, { refused: 2, slow: 2 }),
      ...upstream(OTHER_NODE, RESOLVER, { refused: 20 }),
      throttled(minutes(20), OTHER_NODE, 10),
    ],
    at: minutes(16),
    firing: [],
  },
  {
    alert: 'CorednsPanics',
    title: 'warns of a panic',
    series: [panics(NODE, rising(minutes(10), 1, 1))],
    at: minutes(13),
    firing: [{ severity: 'warning', labels: { ...NODE, instance: INSTANCE }, value: 1 }],
  },
  {
    alert: 'CorednsPanics',
    title: 'is silent about panics of yesterday',
    series: [panics(NODE, () => 3)],
    at: minutes(20),
    firing: [],
  },
  {
    alert: 'CorednsDown',
    title: 'is critical when no CoreDNS answers its scrape any more',
    series: [panics(NODE, runsUntil(minutes(10))), panics(OTHER_NODE, runsUntil(minutes(10)), '10.0.2.99:9153')],
    at: minutes(23),
    firing: [{ severity: 'critical', labels: { ...CLUSTER, job: 'coredns' }, value: 2 }],
  },
  {
    alert: 'CorednsDown',
    title: 'is critical when only NodeLocal DNSCache is left',
    series: [
      panics(NODE, runsUntil(minutes(10))),
      panics({ ...NODE, network_interface_name: 'ens5' }, () => 0, '10.0.1.23:9253', 'node-local-dns'),
    ],
    at: minutes(23),
    firing: [{ severity: 'critical', labels: { ...CLUSTER, job: 'coredns' }, value: 1 }],
  },
  {
    alert: 'CorednsDown',
    title: 'is silent when one of two is gone, and in a rolling update',
    series: [panics(NODE, runsUntil(minutes(10))), panics(OTHER_NODE, () => 0, '10.0.2.99:9153')],
    at: minutes(30),
    firing: [],
  },
  {
    alert: 'CorednsDown',
    title: 'ends within an hour when the scrape was uninstalled',
    series: [panics(NODE, runsUntil(minutes(10)))],
    at: minutes(70),
    firing: [],
  },
]
