// Rules and queries that operators copied from public pages must find their series. Only what selects is kept here: names and labels.
import { describe, expect, it } from 'vitest'

import type { Ecosystem } from '../../src/compatibility/ecosystems.ts'
import { collect, selector } from './readings.ts'
import { enaInstance } from './sources.ts'

const ALLOWANCES = ['linklocal', 'conntrack', 'bw_in', 'bw_out', 'pps'].map((name) => `${name}_allowance_exceeded`)
const SHOWMAX = ALLOWANCES.map((type) => `node_net_ethtool{device="eth0",type="${type}"}`)

const PAGES: readonly { title: string; ecosystem: Ecosystem; selectors: readonly string[] }[] = [
  {
    title: 'AWS Blog and AWS Observability Best Practices, Monitoring CoreDNS for DNS throttling issues',
    ecosystem: 'showmax',
    selectors: SHOWMAX.slice(0, 1),
  },
  {
    title: 'EKS Best Practices, Monitoring EKS workloads for Network performance issues',
    ecosystem: 'showmax',
    selectors: [...SHOWMAX, 'node_net_ethtool{device="eth0",type="conntrack_allowance_available"}'],
  },
  {
    title: 'EKS Best Practices, the same page on the CloudWatch agent',
    ecosystem: 'cloudwatch',
    selectors: ['ethtool_conntrack_allowance_exceeded', 'ethtool_linklocal_allowance_exceeded{interface="eth0"}'],
  },
  {
    title: 'CoreDNS 트래픽의 DNS 제한 문제 모니터링',
    ecosystem: 'node_exporter',
    selectors: [...ALLOWANCES, 'conntrack_allowance_available'].map((name) => `node_ethtool_${name}{device="eth0"}`),
  },
]

describe.each(PAGES)('$title', ({ ecosystem, selectors }) => {
  const series = collect([ecosystem], enaInstance()).flatMap(({ metric, points }) =>
    points.map(({ attributes }) => ({ name: metric.name, attributes })),
  )

  it.each(selectors)('finds exactly one series with %s', (query) => {
    const { name, labels } = parse(query)
    const found = series.filter(
      (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.attributes[key] === value),
    )
    expect(found.map((one) => selector(one.name, one.attributes))).toHaveLength(1)
  })
})

function parse(query: string): { name: string; labels: Record<string, string> } {
  const [, name = '', body = ''] = /^([\w.]+)(?:\{(.*)\})?$/.exec(query) ?? []
  return {
    name,
    labels: Object.fromEntries(Array.from(body.matchAll(/(\w+)="([^"]*)"/g), ([, key, value]) => [key, value])),
  }
}
