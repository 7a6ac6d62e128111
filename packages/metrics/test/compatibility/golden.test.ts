import { readFileSync, writeFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { ECOSYSTEMS } from '../../src/compatibility/ecosystems.ts'
import { METRICS } from '../../src/table.ts'
import { BOOTED, collect, exposition, fixtureLines, fixturePath, READ_AT } from './readings.ts'
import { capturedMachine, enaInstance } from './sources.ts'

describe('one ENA 2.12 interface with all its statistics, sysfs and conntrack', () => {
  it.each(ECOSYSTEMS)('gives the whole list of names, labels and values of %s', (ecosystem) => {
    const got = `${exposition(collect([ecosystem], enaInstance())).join('\n')}\n`
    const path = fixturePath(`${ecosystem}.txt`)
    if (process.env['UPDATE'] === '1') writeFileSync(path, got)
    expect(got).toBe(readFileSync(path, 'utf8'))
  })

  it.each(ECOSYSTEMS)('gives each series of %s once, read when its counter was read', (ecosystem) => {
    const metrics = collect([ecosystem], enaInstance())
    const series = exposition(metrics).map((line) => line.replace(/ \d+( # counter)?$/, ''))
    expect(series).toEqual([...new Set(series)])
    const times = metrics.flatMap(({ metric: { kind }, points }) =>
      points.map(({ startTime, time }) => ({ kind, startTime, time })),
    )
    const gauge = { kind: 'gauge', startTime: READ_AT, time: READ_AT }
    const counter = { kind: 'counter', startTime: BOOTED, time: READ_AT }
    expect(times).toEqual(times.map(({ kind }) => (kind === 'counter' ? counter : gauge)))
  })

  it('uses one of our own names only in another scope with other attributes', () => {
    const own = new Set(METRICS.map(({ name }) => name))
    const shared = collect(ECOSYSTEMS, enaInstance()).filter(({ metric: { name } }) => own.has(name))
    expect(shared.map(({ metric }) => metric.name)).toEqual(['system.network.errors', 'system.network.io'])
    for (const { metric, points } of shared) {
      expect(metric.scope).toBeDefined()
      expect(points.map(({ attributes }) => Object.keys(attributes))).toEqual(points.map(() => ['device', 'direction']))
    }
  })

  it('has no unit, which would change the name in Prometheus, and floating-point values, except for hostmetrics', () => {
    const metrics = collect(ECOSYSTEMS, enaInstance()).map(({ metric }) => metric)
    expect(
      metrics.filter(({ unit, valueType, scope }) => scope === undefined && (unit !== '' || valueType !== 'double')),
    ).toEqual([])
  })

  it('is a gauge everywhere, except for the counters of Datadog and of hostmetrics', () => {
    const counters = collect(ECOSYSTEMS, enaInstance()).filter(({ metric }) => metric.kind !== 'gauge')
    const foreign = counters.filter(({ metric: { name, scope } }) => {
      return scope === undefined && !name.startsWith('system.net.ena.')
    })
    expect(foreign).toEqual([])
    expect(counters.length).toBeGreaterThan(0)
  })
})

// The three exporters that run on any Linux machine, run on one while nothing moved: not only the names, every value.
describe('what the exporters themselves said of the same counters', () => {
  /** Series that the exporter has and we leave out, as its doc comment says. */
  const LEFT_OUT = {
    showmax: [],
    node_exporter: [
      'node_network_asymmetricpause_advertised{device="eth0"}',
      'node_network_asymmetricpause_supported{device="eth0"}',
      'node_network_autonegotiate_advertised{device="eth0"}',
      'node_network_autonegotiate_supported{device="eth0"}',
      'node_network_pause_advertised{device="eth0"}',
      'node_network_pause_supported{device="eth0"}',
      'node_nf_conntrack_stat_found',
      'node_nf_conntrack_stat_ignore',
      'node_nf_conntrack_stat_insert',
      'node_nf_conntrack_stat_invalid',
      'node_nf_conntrack_stat_search_restart',
    ],
    telegraf: ['ethtool_speed{driver="virtio_net",host="vm",interface="eth0",namespace=""}'],
  }

  it.each(['showmax', 'node_exporter', 'telegraf'] as const)('%s said the same, to the letter', (ecosystem) => {
    const captured = new Map(fixtureLines(`captured/${ecosystem}.txt`).map(seriesAndValue))
    for (const series of LEFT_OUT[ecosystem]) expect(captured.delete(series), series).toBe(true)
    const got = new Map(exposition(collect([ecosystem], capturedMachine())).map(seriesAndValue))
    expect(got).toEqual(captured)
  })
})

function seriesAndValue(line: string): [string, number] {
  const space = line.lastIndexOf(' ')
  return [line.slice(0, space), Number(line.slice(space + 1))]
}
