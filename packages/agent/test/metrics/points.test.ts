import { describe, expect, it } from 'vitest'

import { type Collection, createCollection } from '../../src/metrics/points.ts'
import { type Counter, COUNTERS, METRICS } from '../../src/metrics/table.ts'
import { createSeries, observe } from '../../src/series.ts'
import type { TrackedCounter } from '../../src/tracker.ts'

const BOOT = 1_000_000
const counter = (key: string): Counter => COUNTERS.find((row) => row.key === key)!

function tracked(key: string): TrackedCounter {
  const row = counter(key)
  const { kind } = METRICS.find(({ name }) => name === row.metric)!
  return {
    counter: row,
    series: createSeries(kind, row.busy !== true, BOOT),
    throttled: row.throttled ? createSeries('counter', false, Number.NaN) : undefined,
  }
}

function sample({ series, throttled }: TrackedCounter, second: number, value: number): void {
  observe(series, value, BOOT + second * 1000, second * 1000)
  if (throttled) observe(throttled, series.throttledSeconds, BOOT + second * 1000, second * 1000)
}

const seen = (collection: Collection, name: string): (readonly number[])[] =>
  collection
    .metrics()
    .filter(({ metric }) => metric.name === name)
    .flatMap(({ points }) =>
      points.map(({ startTime, time, value }) => [(startTime - BOOT) / 1000, (time - BOOT) / 1000, value]),
    )

function collect(
  one: TrackedCounter,
  { deltaSince = undefined as number | undefined, name = 'eth0' } = {},
): Collection {
  const collection = createCollection(deltaSince)
  collection.add({ counters: [one], attributes: { 'network.interface.name': name } })
  return collection
}

describe('a collection', () => {
  it('carries a quiet counter as one point', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    for (const second of [1, 2, 3]) sample(drops, second, 7)
    expect(seen(collect(drops), 'ena.allowance.exceeded')).toEqual([[0, 3, 7]])
  })

  it('has no metric without a point: the first delta of a counter that has not moved on since', () => {
    const drops = tracked('rx_packets')
    sample(drops, 1, 7)
    expect(collect(drops, { deltaSince: BOOT + 500 }).metrics()).toEqual([])
  })

  it('carries a burst second by second, with its peak and the seconds throttled', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    for (const [i, value] of [7, 7, 407, 907, 907].entries()) sample(drops, i + 1, value)
    const collection = collect(drops)
    expect(seen(collection, 'ena.allowance.exceeded')).toEqual([
      [0, 2, 7],
      [0, 3, 407],
      [0, 4, 907],
      [0, 5, 907],
    ])
    expect(seen(collection, 'ena.allowance.exceeded.peak')).toEqual([[5, 5, 500]])
    expect(seen(collection, 'ena.allowance.throttled.time')).toEqual([[1, 5, 2]])
  })

  it('does not repeat in the next export what was in the last', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    for (const [i, value] of [7, 8].entries()) sample(drops, i + 1, value)
    collect(drops)
    sample(drops, 3, 9)
    expect(seen(collect(drops), 'ena.allowance.exceeded')).toEqual([[0, 3, 9]])
  })

  it('has nothing of a counter that was not read since, or never', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    expect(collect(drops).metrics()).toEqual([])
    sample(drops, 1, 7)
    collect(drops)
    expect(collect(drops).metrics()).toEqual([])
  })

  it('begins a renamed series with the last point of the old one, so that the store misses no increase', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    sample(drops, 1, 7)
    collect(drops)
    sample(drops, 2, 57)
    expect(seen(collect(drops, { name: 'ens5' }), 'ena.allowance.exceeded')).toEqual([
      [0, 1, 7],
      [0, 2, 57],
    ])
  })

  it('gives a reset its own start', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    for (const [i, value] of [7, 9, 2].entries()) sample(drops, i + 1, value)
    expect(seen(collect(drops), 'ena.allowance.exceeded')).toEqual([
      [0, 1, 7],
      [0, 2, 9],
      [2, 3, 2],
    ])
  })

  it('gives a renamed series the last point of the old one even when it could not be read for some exports', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    sample(drops, 1, 7)
    collect(drops)
    expect(seen(collect(drops, { name: 'ens5' }), 'ena.allowance.exceeded')).toEqual([])
    sample(drops, 3, 9)
    expect(seen(collect(drops, { name: 'ens5' }), 'ena.allowance.exceeded')).toEqual([
      [0, 1, 7],
      [0, 3, 9],
    ])
  })

  it('carries what was added since deltas are sent, and nothing of what was counted before', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    for (const [i, value] of [7, 9, 2].entries()) sample(drops, i + 1, value)
    expect(seen(collect(drops, { deltaSince: BOOT + 500 }), 'ena.allowance.exceeded')).toEqual([
      [1, 2, 2],
      [2, 3, 2],
    ])
    sample(drops, 4, 5)
    expect(seen(collect(drops, { deltaSince: BOOT + 500 }), 'ena.allowance.exceeded')).toEqual([[3, 4, 3]])
  })

  it('carries all that a counter has counted which began while deltas are sent', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    sample(drops, 1, 7)
    expect(seen(collect(drops, { deltaSince: BOOT - 500 }), 'ena.allowance.exceeded')).toEqual([[0, 1, 7]])
  })

  it('carries the later of two samples in the same millisecond', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    for (const value of [6, 9]) sample(drops, 2, value)
    expect(seen(collect(drops), 'ena.allowance.exceeded')).toEqual([[0, 2, 9]])
  })

  it('carries the highest value of what is available as the capacity', () => {
    const available = tracked('conntrack_allowance_available')
    for (const [i, value] of [50, 80, 20].entries()) sample(available, i + 1, value)
    const collection = collect(available)
    expect(seen(collection, 'ena.conntrack.available')).toEqual([[3, 3, 20]])
    expect(seen(collection, 'ena.conntrack.capacity')).toEqual([[3, 3, 80]])
  })
})
