import { COUNTERS, METRICS } from '@ena-otel/metrics/table'
import { describe, expect, it } from 'vitest'

import { gateway } from '../../../test/amp/gateway.ts'
import { runPrometheus } from '../../../test/amp/prometheus.ts'
import { prometheusApi } from '../../../test/e2e/setup/prometheus-api.ts'
import { OWN_METRICS } from '../src/own-metrics.ts'
import { prometheusLabel, prometheusName } from '../src/prometheus-name.ts'

const ROWS = [...METRICS, ...OWN_METRICS]

describe('prometheusName', () => {
  it('spells out units, leaves out those in braces, and ends counters with _total', () => {
    expect(
      [
        { name: 'ena.allowance.exceeded', kind: 'counter', unit: '{packet}' },
        { name: 'ena.allowance.exceeded.peak', kind: 'gauge', unit: '{packet}/s' },
        { name: 'ena.allowance.throttled.time', kind: 'counter', unit: 's' },
        { name: 'ena.network.io.peak', kind: 'gauge', unit: 'By/s' },
        { name: 'ena.srd.resource.utilization', kind: 'gauge', unit: '1' },
        { name: 'system.network.conntrack.max', kind: 'updowncounter', unit: '{entries}' },
        { name: 'a.level', kind: 'updowncounter', unit: '1' },
        { name: 'a.total.resets', kind: 'counter', unit: '' },
      ].map((metric) => prometheusName(metric as (typeof ROWS)[number])),
    ).toEqual([
      'ena_allowance_exceeded_total',
      'ena_allowance_exceeded_peak_per_second',
      'ena_allowance_throttled_time_seconds_total',
      'ena_network_io_peak_bytes_per_second',
      'ena_srd_resource_utilization_ratio',
      'system_network_conntrack_max',
      'a_level',
      'a_resets_total',
    ])
  })

  it('refuses a unit that it does not know', () => {
    expect(() => prometheusName({ name: 'a', kind: 'gauge', unit: 'ms' })).toThrow(RangeError)
  })

  it('gives every row, and every label, the name that a real collector gives it', async () => {
    await using store = await runPrometheus()
    const target = {
      remoteWriteUrl: `${store.url}/api/v1/write`,
      env: { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_EC2_METADATA_DISABLED: 'true' },
      scope: { region: 'eu-west-1' },
    }
    await using collector = await gateway(target)
    const response = await fetch(`http://${collector.httpEndpoint}/v1/metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(onePointOfEach()),
    })
    expect([response.status, await response.text()]).toEqual([200, '{"partialSuccess":{}}'])
    const { waitFor } = prometheusApi((path) => fetch(store.url + path))
    const found = await waitFor('{job="ena-otel",__name__!="target_info"}', ({ length }) => length === ROWS.length)
    const labels = found.map(({ labels }) =>
      Object.fromEntries(Object.entries(labels).filter(([name]) => !isScope(name))),
    )
    expect(labels.toSorted(byName)).toEqual(ROWS.map(expectedLabels).toSorted(byName))
  })
})

// Those that are service.name and service.instance.id become job and instance as well.
const RESOURCE = {
  'service.name': 'ena-otel',
  'service.instance.id': 'node-a',
  'k8s.node.name': 'node-a',
  'k8s.cluster.name': 'blue',
  'host.id': 'i-0123456789abcdef0',
  'cloud.availability_zone': 'eu-west-1a',
}

const INTERFACE = { 'network.interface.name': 'eth0', 'ena.eni.id': 'eni-0123456789abcdef0' }

/** Attributes as the metric's points have them. */
function attributesOf(metric: string): Readonly<Record<string, string>> {
  const user = COUNTERS.find((row) => [row.metric, row.peak, row.throttled, row.highest].includes(metric))
  return { ...INTERFACE, ...user?.attributes }
}

function expectedLabels(row: (typeof ROWS)[number]): Readonly<Record<string, string>> {
  const attributes = Object.entries({ ...RESOURCE, ...attributesOf(row.name) })
  return {
    __name__: prometheusName(row),
    job: RESOURCE['service.name'],
    instance: RESOURCE['service.instance.id'],
    ...Object.fromEntries(attributes.map(([name, value]) => [prometheusLabel(name), value])),
  }
}

function onePointOfEach(): object {
  const timeUnixNano = `${Date.now()}000000`
  const metrics = ROWS.map(({ name, kind, valueType, unit }) => {
    const number = valueType === 'int' ? { asInt: '1' } : { asDouble: 1 }
    const dataPoints = [{ attributes: otlp(attributesOf(name)), startTimeUnixNano: '1', timeUnixNano, ...number }]
    const data =
      kind === 'gauge'
        ? { gauge: { dataPoints } }
        : { sum: { dataPoints, aggregationTemporality: 2, isMonotonic: kind === 'counter' } }
    return { name, unit, ...data }
  })
  return { resourceMetrics: [{ resource: { attributes: otlp(RESOURCE) }, scopeMetrics: [{ metrics }] }] }
}

function otlp(attributes: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}

const isScope = (label: string): boolean => label.startsWith('otel_scope_')

const byName = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): number =>
  (a['__name__'] ?? '') < (b['__name__'] ?? '') ? -1 : 1
