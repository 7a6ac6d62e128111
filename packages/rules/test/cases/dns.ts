import { coredns, exported } from '../../src/names.ts'
import { type Labels, quiet, rising, sampled, type Series } from '../series.ts'
import { type AlertCase, ETH1, labelsOf, minutes, NODE, OTHER_NODE } from './case.ts'

const THROTTLED = exported('ena.allowance.throttled.time')
const UNTIL = minutes(20)

export const throttled = (seconds: number, node: Labels = NODE, from = minutes(10)): Series =>
  quiet(THROTTLED, labelsOf(node, ETH1, { ena_allowance_name: 'linklocal' }), rising(from, 1, seconds), {
    until: UNTIL,
  })

/** CoreDNS on a node, as the collector scrapes it every 15 s; 400 queries a second. */
export function coreDns(
  node: Labels,
  { slow = 0, failed = 0, forwarded = 100, instance = '10.0.1.99:9153', to = '10.0.0.2:53', until = UNTIL } = {},
): readonly Series[] {
  const pod = { ...node, job: 'coredns', instance }
  const server = { server: 'dns://:53', zone: '.' }
  const each = (name: string, labels: Labels, perSecond: number): Series =>
    sampled(name, { ...pod, ...labels }, (second) => Math.round(perSecond * second), { until })
  return [
    each(coredns('coredns_dns_request_duration_seconds_count'), server, 400),
    each(coredns('coredns_dns_request_duration_seconds_bucket'), { ...server, le: '1.024' }, 400 * (1 - slow)),
    each(coredns('coredns_dns_responses_total'), { ...server, rcode: 'NOERROR' }, 400 * (1 - failed)),
    each(coredns('coredns_dns_responses_total'), { ...server, rcode: 'SERVFAIL' }, 400 * failed),
    each(
      coredns('coredns_proxy_request_duration_seconds_count'),
      { proxy_name: 'forward', to, rcode: 'NOERROR' },
      forwarded,
    ),
  ]
}

const unhealthy = (node: Labels): Series =>
  sampled(
    coredns('coredns_proxy_healthcheck_failures_total'),
    { ...node, job: 'coredns', instance: '10.0.1.99:9153', proxy_name: 'forward', to: '10.0.0.2:53' },
    (second) => Math.max(second - minutes(10), 0),
    { until: UNTIL },
  )

/** A CoreDNS pod that answers its scrape. */
const running = (node: Labels): Series =>
  sampled(coredns('coredns_panics_total'), { ...node, job: 'coredns', instance: '10.0.2.99:9153' }, () => 0, {
    until: UNTIL,
  })

const THROTTLED_AND: AlertCase['firing'] = [{ severity: 'critical', labels: { ...NODE, ...ETH1 }, value: 5 }]

export const DNS_CASES: readonly AlertCase[] = [
  {
    alert: 'DnsThrottled',
    title: 'fires when 5 seconds of throttling come with queries that take longer than a second',
    series: [throttled(5), ...coreDns(NODE, { slow: 0.05 })],
    at: minutes(13),
    firing: THROTTLED_AND,
  },
  {
    alert: 'DnsThrottled',
    title: 'fires when they come with SERVFAIL',
    series: [throttled(5), ...coreDns(NODE, { failed: 0.03 })],
    at: minutes(13),
    firing: THROTTLED_AND,
  },
  {
    alert: 'DnsThrottled',
    title: 'fires when they come with failed health checks of the resolver',
    series: [throttled(5), ...coreDns(NODE, {}), unhealthy(NODE)],
    at: minutes(13),
    firing: THROTTLED_AND,
  },
  {
    alert: 'DnsThrottled',
    title: 'is silent when CoreDNS does not suffer: that is a warning of LinkLocalAllowanceExceeded',
    series: [throttled(5), ...coreDns(NODE, {})],
    at: minutes(13),
    firing: [],
  },
  {
    alert: 'DnsThrottled',
    title: 'is silent when CoreDNS suffers on another node',
    series: [throttled(5), ...coreDns(NODE, {}), ...coreDns(OTHER_NODE, { slow: 0.5, failed: 0.5 })],
    at: minutes(13),
    firing: [],
  },
  {
    alert: 'DnsThrottled',
    title: 'is silent when CoreDNS suffers and nothing is throttled',
    series: [throttled(0), ...coreDns(NODE, { slow: 0.5, failed: 0.5 })],
    at: minutes(13),
    firing: [],
  },
  {
    alert: 'DnsThrottled',
    title: 'is silent about one throttled second beside 2 % of SERVFAIL that were there before',
    series: [throttled(1), ...coreDns(NODE, { failed: 0.02 })],
    at: minutes(12),
    firing: [],
  },
  {
    alert: 'DnsThrottled',
    title: 'fires on the interface of a CoreDNS that is known to use it, as NodeLocal DNSCache is',
    series: [throttled(5), ...coreDns({ ...NODE, network_interface_name: 'eth1' }, { failed: 0.03 })],
    at: minutes(13),
    firing: THROTTLED_AND,
  },
  {
    alert: 'DnsThrottled',
    title: 'is silent about the throttling of another interface than that of CoreDNS',
    series: [throttled(5), ...coreDns({ ...NODE, network_interface_name: 'eth0' }, { failed: 0.03 })],
    at: minutes(13),
    firing: [],
  },
  {
    alert: 'DnsThrottled',
    title: 'is silent without the metrics of CoreDNS',
    series: [throttled(5)],
    at: minutes(13),
    firing: [],
  },
  {
    alert: 'DnsThrottledAutoMode',
    title: 'fires for 5 seconds of throttling on a node whose CoreDNS is not scraped, though that of another node is',
    series: [throttled(5), running(OTHER_NODE)],
    at: minutes(13),
    firing: THROTTLED_AND,
  },
  {
    alert: 'DnsThrottledAutoMode',
    title: 'is silent about a second of it, and on a node with a CoreDNS pod, of which DnsThrottled knows more',
    series: [throttled(1), throttled(5, OTHER_NODE), running(OTHER_NODE)],
    at: minutes(13),
    firing: [],
  },
  {
    alert: 'LinkLocalRateNearLimit',
    title: 'warns when one CoreDNS forwards 900 requests a second',
    series: coreDns(NODE, { forwarded: 900 }),
    at: minutes(10),
    firing: [{ severity: 'warning', labels: { ...NODE, instance: '10.0.1.99:9153' }, value: 900 }],
  },
  ...['169.254.169.253:53', '[fd00:ec2::253]:53'].map((to): AlertCase => ({
    alert: 'LinkLocalRateNearLimit',
    title: `warns of 900 requests a second to ${to}`,
    series: coreDns(NODE, { forwarded: 900, to }),
    at: minutes(10),
    firing: [{ severity: 'warning', labels: { ...NODE, instance: '10.0.1.99:9153' }, value: 900 }],
  })),
  {
    alert: 'LinkLocalRateNearLimit',
    title: 'is silent about 900 requests a second to a resolver in the VPC, which no limit counts',
    series: coreDns(NODE, { forwarded: 900, to: '10.0.3.24:53' }),
    at: minutes(10),
    firing: [],
  },
  {
    alert: 'LinkLocalRateNearLimit',
    title: 'is silent when two on one node forward 500 each, as their ENIs may be two',
    series: [...coreDns(NODE, { forwarded: 500 }), ...coreDns(NODE, { forwarded: 500, instance: '10.0.1.100:9153' })],
    at: minutes(10),
    firing: [],
  },
]
