// DNS: packets dropped at the link-local limit, and metrics of CoreDNS at the same time.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'

import { ALLOWANCE, coredns, exported, INTERFACE, NODE, PER_NODE } from '../names.ts'
import { ENI_EXCEEDED, NODE_THROTTLED } from '../recording.ts'
import { dashboard, NODE_ENI_LEGEND, NODE_LEGEND, row, SELECTED } from './dashboard.ts'
import { bars, lines, number, ranking } from './panels.ts'

const EXCEEDED = exported('ena.allowance.exceeded')
const PEAK = exported('ena.allowance.exceeded.peak')
const INSERT_FAILED = exported('ena.node.conntrack.insert_failed')
const FORWARDED = coredns('coredns_proxy_request_duration_seconds_count')
const FORWARDED_BUCKETS = coredns('coredns_proxy_request_duration_seconds_bucket')
const QUERIES = coredns('coredns_dns_request_duration_seconds_count')
const LATENCY = coredns('coredns_dns_request_duration_seconds_bucket')
const RESPONSES = coredns('coredns_dns_responses_total')
const CACHE_HITS = coredns('coredns_cache_hits_total')
const CACHE_REQUESTS = coredns('coredns_cache_requests_total')
const UNHEALTHY = coredns('coredns_proxy_healthcheck_failures_total')

/** AWS, VPC User Guide, "AmazonDNS-concepts": packets a second and ENI to link-local services. */
const LIMIT = 1024

const LINK_LOCAL = `${SELECTED}, ${ALLOWANCE}="linklocal"`
const rate = (metric: string, by = PER_NODE, more = ''): string =>
  `sum by (${by}) (rate(${metric}{${SELECTED}${more}}[$__rate_interval]))`

export const DNS: Dashboard = dashboard({
  uid: 'ena-otel-dns',
  title: 'ENA limits: DNS',
  description: 'DNS against the link-local limit of 1024 packets a second and ENI, next to metrics of CoreDNS.',
  nodes: 'all',
  from: 'now-1h',
})
  .withPanel(
    number(
      {
        title: 'ENIs that lost DNS packets',
        description:
          'ENIs over the link-local limit in the last 5 minutes. Through each of them, names resolve late or not at all.',
        unit: 'none',
        span: 8,
      },
      { expr: `count(${ENI_EXCEEDED}{${LINK_LOCAL}}) or vector(0)` },
      [{ value: 1, color: 'red' }],
    ),
  )
  .withPanel(
    number(
      {
        title: 'Busiest CoreDNS',
        description:
          'Requests a second that the busiest CoreDNS pod forwards, average of 5 minutes. One ENI may send 1024.',
        unit: 'reqps',
        span: 8,
      },
      { expr: `max(sum by (${PER_NODE}, instance) (rate(${FORWARDED}{${SELECTED}, proxy_name="forward"}[5m])))` },
      [
        { value: 700, color: 'orange' },
        { value: LIMIT, color: 'red' },
      ],
    ),
  )
  .withPanel(
    number(
      {
        title: 'SERVFAIL',
        description:
          "CoreDNS's responses that were failures, average of 5 minutes. With throttling at the same time, this is an outage.",
        unit: 'percent',
        span: 8,
      },
      {
        expr: `100 * (sum(rate(${RESPONSES}{${SELECTED}, rcode="SERVFAIL"}[5m])) or vector(0)) / sum(rate(${RESPONSES}{${SELECTED}}[5m]))`,
      },
      [{ value: 1, color: 'red' }],
    ),
  )
  .withRow(row('At the limit'))
  .withPanel(
    bars(
      {
        title: 'Link-local packets dropped',
        description:
          'Packets to the VPC resolver, IMDS and NTP that AWS dropped in each step. The dashboard of a node has steps of 1 second.',
        unit: 'short',
        span: 24,
      },
      [
        {
          expr: `sum by (${NODE}, ${INTERFACE}) (clamp_min(${EXCEEDED}{${LINK_LOCAL}} - ${EXCEEDED}{${LINK_LOCAL}} offset $__interval, 0)) > 0`,
          legend: NODE_ENI_LEGEND,
        },
      ],
    ).interval('15s'),
  )
  .withPanel(
    lines(
      {
        title: 'Packets attempted in the highest second',
        description:
          'The limit plus the dropped packets, for ENIs over the limit: the packets a second that they needed.',
        unit: 'pps',
      },
      [
        {
          expr: `${LIMIT} + (max by (${NODE}, ${INTERFACE}) (max_over_time(${PEAK}{${LINK_LOCAL}}[$__rate_interval])) > 0)`,
          legend: NODE_ENI_LEGEND,
        },
      ],
      LIMIT,
    ).interval('15s'),
  )
  .withPanel(
    lines(
      {
        title: 'Seconds throttled, of 5 minutes',
        description:
          'Seconds in which DNS packets were dropped. A few seconds are a burst, more than 30 are an outage of DNS.',
        unit: 's',
      },
      [{ expr: `${NODE_THROTTLED}{${LINK_LOCAL}}`, legend: NODE_LEGEND }],
    ),
  )
  .withRow(row('CoreDNS at the same time'))
  .withPanel(
    lines(
      {
        title: 'Requests forwarded by each CoreDNS',
        description:
          'The 20 busiest, NodeLocal DNSCache included. Near the line, packets to the VPC resolver are dropped; a flat top below it hides that.',
        unit: 'reqps',
      },
      [
        {
          expr: `topk(20, ${rate(FORWARDED, `${NODE}, job, instance`, ', proxy_name="forward"')})`,
          legend: `{{job}} {{instance}} ${NODE_LEGEND}`,
        },
      ],
      LIMIT,
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Answered from the cache',
        description:
          'Fraction of the queries that CoreDNS, or NodeLocal DNSCache, answers from its cache. When it falls, more packets go to the limit.',
        unit: 'percentunit',
      },
      [{ expr: `${rate(CACHE_HITS, 'job')} / ${rate(CACHE_REQUESTS, 'job')}`, legend: '{{job}}' }],
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Queries that took longer than 1 second',
        description:
          'Fraction of all queries. A dropped packet costs CoreDNS 2 seconds, so this rises with the drops and not before.',
        unit: 'percentunit',
      },
      [{ expr: `1 - ${rate(LATENCY, PER_NODE, ', le="1.024"')} / ${rate(QUERIES)}`, legend: NODE_LEGEND }],
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Latency of CoreDNS',
        description: '99 of 100 clients received their answer from CoreDNS within this time, including cached answers.',
        unit: 's',
      },
      [{ expr: `histogram_quantile(0.99, ${rate(LATENCY, `${PER_NODE}, le`)})`, legend: NODE_LEGEND }],
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Latency of the VPC resolver',
        description:
          '99 of 100 answered requests took no longer. Dropped ones are not included. High without drops: the resolver or its target is slow.',
        unit: 's',
      },
      [
        {
          expr: `histogram_quantile(0.99, ${rate(FORWARDED_BUCKETS, `${PER_NODE}, le`, ', proxy_name="forward"')})`,
          legend: NODE_LEGEND,
        },
      ],
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Responses by code',
        description:
          'SERVFAIL together with drops is their consequence. Many NXDOMAIN come from search paths (ndots), which multiply packets.',
        unit: 'reqps',
      },
      [{ expr: rate(RESPONSES, 'rcode'), legend: '{{rcode}}' }],
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Failed health checks of the resolver',
        description:
          'CoreDNS probes the resolver after a failed request. Any value but 0 means that its packets are lost.',
        unit: 'cps',
      },
      [{ expr: rate(UNHEALTHY), legend: NODE_LEGEND }],
    ),
  )
  .withRow(row('Not the limit'))
  .withPanel(
    bars(
      {
        title: 'Lost races in the connection table',
        description:
          'Packets that the kernel itself dropped in 5 minutes. This causes DNS that takes 5 seconds without drops above.',
        unit: 'short',
      },
      [
        {
          expr: `topk(10, sum by (${PER_NODE}) (increase(${INSERT_FAILED}{${SELECTED}}[5m])) > 0)`,
          legend: NODE_LEGEND,
        },
      ],
    ),
  )
  .withPanel(
    ranking(
      {
        title: 'ENIs with the most drops',
        description:
          'The ten ENIs that lost the most link-local packets in the selected time. Spread the pods that run there, CoreDNS first.',
        unit: 'short',
      },
      {
        expr: `topk(10, sum by (${PER_NODE}, ${INTERFACE}) (sum_over_time(${ENI_EXCEEDED}{${LINK_LOCAL}}[$__range]) / 5))`,
        legend: NODE_ENI_LEGEND,
      },
    ),
  )
  .build()
