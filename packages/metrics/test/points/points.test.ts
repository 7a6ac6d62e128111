import { describe, expect, it } from 'vitest'

import { createAttributeSets } from '../../src/sampling/attribute-sets.ts'
import { type Collection, createCollection, type Wanted } from '../../src/points/points.ts'
import { type Counter, COUNTERS, metricNamed } from '../../src/table.ts'
import { createSeries, observe } from '../../src/sampling/series.ts'
import { hasRisenAfterQuiet, observeThrottled, type TrackedCounter } from '../../src/sampling/tracker.ts'

const BOOT = 1_000_000
const counter = (key: string): Counter => COUNTERS.find((row) => row.key === key)!

/** @param appeared when its interface appeared; by default it was there before */
function tracked(key: string, appeared?: number): TrackedCounter {
  const row = counter(key)
  const kind = metricNamed(row.metric).kind === 'counter' ? 'counter' : 'gauge'
  return {
    counter: row,
    series: createSeries(kind, row.busy !== true, appeared ?? BOOT, appeared),
    throttled: row.throttled ? createSeries('counter', false, undefined) : undefined,
  }
}

function sample({ series, throttled }: TrackedCounter, second: number, value: number): void {
  const ms = second * 1000
  const now = { value, time: BOOT + ms, steadyMs: ms, endMs: ms, wasReset: false }
  observe(series, now)
  if (throttled) observeThrottled(throttled, series, now)
}

const seen = (collection: Collection, name: string): (readonly number[])[] =>
  collection
    .metrics()
    .filter(({ metric }) => metric.name === name)
    .flatMap(({ points }) =>
      points.map(({ startTime, time, value }) => [(startTime - BOOT) / 1000, (time - BOOT) / 1000, value]),
    )

/** All with the same owner. */
const attributeSets = createAttributeSets()

function collect(
  one: TrackedCounter,
  { deltaSince, name = 'eth0', wanted = 'all' }: { deltaSince?: number; name?: string; wanted?: Wanted } = {},
): Collection {
  const collection = createCollection({ deltaSince, attributeSets })
  collection.add({ counters: [one], attributes: { 'network.interface.name': name } }, wanted)
  return collection
}

/** A function that collects two interfaces under these names, one collection after the other. */
function collectorOf(
  one: TrackedCounter,
  other: TrackedCounter,
  deltaSince?: number,
): (nameOfOne: string, nameOfOther: string) => Record<string, unknown[]> {
  const setsOfBoth = createAttributeSets()
  let before: readonly string[] = []
  let renames = 0
  return (...names) => {
    if (names.join() !== before.join()) renames++
    before = names
    const collection = createCollection({ deltaSince, attributeSets: setsOfBoth })
    for (const [i, name] of names.entries()) {
      const attributes = { 'network.interface.name': name }
      collection.add({ counters: [[one, other][i]!], attributes, owner: `${i} ${renames}` })
    }
    const points: Record<string, unknown[]> = {}
    for (const { metric, points: all } of collection.metrics()) {
      if (metric.name !== 'system.network.packet.count') continue
      for (const { attributes, startTime, time, value } of all)
        (points[attributes['network.interface.name']!] ??= []).push([
          (startTime - BOOT) / 1000,
          (time - BOOT) / 1000,
          value,
        ])
    }
    return points
  }
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
    expect(seen(collection, 'ena.allowance.throttled.time')).toEqual([
      [1, 1, 0],
      [1, 5, 2],
    ])
  })

  it('has nothing of a counter that was not read since, or never', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    expect(collect(drops).metrics()).toEqual([])
    sample(drops, 1, 7)
    collect(drops)
    expect(collect(drops).metrics()).toEqual([])
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

  it('begins at 0 under a name that another interface had, after the last point of that one', () => {
    const [va, vc] = [tracked('rx_packets'), tracked('rx_packets')]
    const collectBoth = collectorOf(va, vc)
    sample(va, 1, 100_000)
    sample(vc, 1.001, 0)
    expect(collectBoth('va', 'vc')).toEqual({ va: [[0, 1, 100_000]], vc: [[0, 1.001, 0]] })
    sample(va, 2, 112_421)
    sample(vc, 2.001, 5)
    expect(collectBoth('vc', 'va')).toEqual({
      vc: [
        [1.002, 1.002, 0],
        [1.002, 2, 12_421],
      ],
      va: [
        [1.001, 1.001, 0],
        [1.001, 2.001, 5],
      ],
    })
    sample(va, 3, 112_422)
    sample(vc, 3, 1) // after a reset
    expect(collectBoth('vc', 'va')).toEqual({
      vc: [[1.002, 3, 12_422]],
      va: [[2.001, 3, 1]],
    })
    sample(va, 4, 112_423)
    sample(vc, 4.001, 9)
    expect(collectBoth('va', 'vc'), 'under its first name again').toEqual({
      va: [
        [3.001, 3.001, 0],
        [3.001, 4, 1],
      ],
      vc: [
        [3.001, 3.001, 0],
        [3.001, 4.001, 8],
      ],
    })
  })

  it('carries no delta under such a name that begins before the last point of the other interface', () => {
    const [va, vc] = [tracked('rx_packets'), tracked('rx_packets')]
    const collectBoth = collectorOf(va, vc, BOOT + 500)
    for (const [one, second] of [
      [va, 1],
      [vc, 1.001],
      [va, 2],
      [vc, 2.001],
    ] as const)
      sample(one, second, second)
    collectBoth('va', 'vc')
    sample(va, 3, 9)
    sample(vc, 3.001, 9.001)
    expect(collectBoth('vc', 'va')).toEqual({ vc: [[2.001, 3, 7]], va: [[2.001, 3.001, 7]] })
  })

  it('shows a reset after which the counter is higher than the total that began at 0', () => {
    const [va, vc] = [tracked('rx_packets'), tracked('rx_packets')]
    const collectBoth = collectorOf(va, vc)
    for (const one of [va, vc]) sample(one, 1, 100)
    collectBoth('va', 'vc')
    sample(va, 2, 101)
    collectBoth('vc', 'va')
    sample(va, 3, 8)
    expect(collectBoth('vc', 'va')).toEqual({
      vc: [
        [2, 2.001, 0],
        [2, 3, 8],
      ],
    })
  })

  it('begins after the last point of the other interface, whose name it has now', () => {
    const [va, vc] = [tracked('rx_packets'), tracked('rx_packets')]
    const collectBoth = collectorOf(va, vc)
    sample(vc, 2, 7)
    collectBoth('va', 'vc')
    sample(va, 2, 100)
    expect(collectBoth('vc', 'va')).toEqual({ vc: [[2.001, 2.001, 0]] })
    sample(va, 3, 101)
    expect(collectBoth('vc', 'va')).toEqual({ vc: [[2.001, 3, 1]] })
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

  it('carries no delta while the wall clock is behind the last one, and the sum after that', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    const deltas = (): unknown => seen(collect(drops, { deltaSince: BOOT + 500 }), 'ena.allowance.exceeded')
    for (const second of [3000, 3001]) sample(drops, second, 7)
    expect(deltas()).toEqual([[3000, 3001, 0]])
    sample(drops, 1200, 9)
    expect(deltas()).toEqual([])
    sample(drops, 3001, 11)
    expect(deltas()).toEqual([])
    sample(drops, 3002, 12)
    expect(deltas()).toEqual([[3001, 3002, 5]])
  })

  it('carries no start time after the time of its point, where the wall clock was set back to before the start', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    sample(drops, 3000, 7)
    sample(drops, 3001, 2) // reset
    collect(drops)
    sample(drops, 1200, 3)
    sample(drops, 1201, 4)
    const collection = collect(drops)
    expect(seen(collection, 'ena.allowance.exceeded')).toEqual([
      [1199, 1200, 3],
      [1199, 1201, 4],
    ])
    expect(seen(collection, 'ena.allowance.throttled.time').every(([start, time]) => start! <= time!)).toBe(true)
    sample(drops, 1202, 1) // reset
    sample(drops, 3005, 5)
    expect(seen(collect(drops), 'ena.allowance.exceeded')).toEqual([
      [1201, 1202, 1],
      [1201, 3005, 5],
    ])
  })

  it('carries all that a counter has counted which began while deltas are sent', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    sample(drops, 1, 7)
    expect(seen(collect(drops, { deltaSince: BOOT - 500 }), 'ena.allowance.exceeded')).toEqual([[0, 1, 7]])
  })

  it('carries the highest value of what is available as the capacity', () => {
    const available = tracked('conntrack_allowance_available')
    for (const [i, value] of [50, 80, 20].entries()) sample(available, i + 1, value)
    const collection = collect(available)
    expect(seen(collection, 'ena.conntrack.available')).toEqual([[3, 3, 20]])
    expect(seen(collection, 'ena.conntrack.capacity')).toEqual([[3, 3, 80]])
  })

  it('begins the first export of a busy counter with its first sample, because a store does not count what a series begins with', () => {
    const packets = tracked('rx_packets')
    for (const [i, value] of [700, 800, 950].entries()) sample(packets, i + 1, value)
    expect(seen(collect(packets), 'system.network.packet.count')).toEqual([
      [0, 1, 700],
      [0, 3, 950],
    ])
    sample(packets, 4, 990)
    expect(seen(collect(packets), 'system.network.packet.count')).toEqual([[0, 4, 990]])
  })

  it('shows a reset of a busy counter that has risen above its old value before the export', () => {
    const packets = tracked('rx_packets')
    sample(packets, 1, 700)
    collect(packets)
    for (const [i, value] of [710, 5, 900].entries()) sample(packets, i + 2, value)
    expect(seen(collect(packets), 'system.network.packet.count')).toEqual([
      [0, 2, 710],
      [2, 3, 5],
      [2, 4, 900],
    ])
  })

  it('repeats a peak from an early export in the next whole export, unless a later second was higher', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    for (const [i, value] of [7, 7].entries()) sample(drops, i + 1, value)
    collect(drops)
    for (const [i, value] of [7, 407].entries()) sample(drops, i + 3, value)
    const early = collect(drops, { wanted: 'risen' })
    expect(seen(early, 'ena.allowance.exceeded')).toEqual([
      [0, 3, 7],
      [0, 4, 407],
    ])
    expect(seen(early, 'ena.allowance.exceeded.peak')).toEqual([[4, 4, 400]])
    expect(seen(early, 'ena.allowance.throttled.time')).toEqual([[1, 4, 1]])
    for (const [i, value] of [907, 910].entries()) sample(drops, i + 5, value)
    const whole = collect(drops)
    expect(seen(whole, 'ena.allowance.exceeded')).toEqual([
      [0, 5, 907],
      [0, 6, 910],
    ])
    expect(seen(whole, 'ena.allowance.exceeded.peak')).toEqual([[6, 6, 500]])
    expect(seen(whole, 'ena.allowance.throttled.time')).toEqual([[1, 6, 3]])
    sample(drops, 7, 910)
    expect(seen(collect(drops), 'ena.allowance.exceeded.peak')).toEqual([[7, 7, 0]])
    sample(drops, 8, 910)
    collect(drops)
    for (const [i, value] of [1310, 1320].entries()) {
      sample(drops, 9 + i, value)
      if (i === 0) collect(drops, { wanted: 'risen' })
    }
    expect(seen(collect(drops), 'ena.allowance.exceeded.peak')).toEqual([[10, 10, 400]])
  })

  it('carries early only what rose after a whole interval of quiet, once', () => {
    const drops = tracked('linklocal_allowance_exceeded')
    let second = 0
    const early = (value: number): number => {
      sample(drops, ++second, value)
      return seen(collect(drops, { wanted: 'risen' }), 'ena.allowance.exceeded.peak').length
    }
    const whole = (value: number): void => {
      sample(drops, ++second, value)
      collect(drops)
    }
    expect([early(7), early(7), early(8)]).toEqual([0, 0, 1])
    expect([early(9), early(9)]).toEqual([0, 0]) // the interval is not over
    whole(9)
    expect([early(9), early(10)]).toEqual([0, 0]) // nor was it a quiet one
    whole(10)
    expect(early(10)).toBe(0)
    whole(10)
    expect([early(10), early(11)]).toEqual([0, 1])
  })

  it('carries early the changes of every counter, and the next export nothing that is older', () => {
    const [drops, changing, quiet] = ['linklocal_allowance_exceeded', 'tx_dropped', 'rx_dropped'].map((key) =>
      tracked(key),
    )
    for (const one of [drops!, changing!, quiet!]) {
      for (const second of [1, 2, 3]) {
        sample(one, second, 7)
        collect(one)
      }
    }
    sample(changing!, 4, 8)
    collect(changing!)
    sample(changing!, 5, 9)
    for (const second of [5, 6]) sample(quiet!, second, 7)
    sample(changing!, 6, 9)
    sample(drops!, 5, 7)
    sample(drops!, 6, 8)
    expect(seen(collect(drops!, { wanted: 'risen' }), 'ena.allowance.exceeded')).toEqual([
      [0, 5, 7],
      [0, 6, 8],
    ])
    const early = collect(changing!, { wanted: 'risen' })
    expect(early.metrics().map(({ metric }) => metric.name)).toEqual(['system.network.packet.dropped'])
    expect(seen(early, 'system.network.packet.dropped')).toEqual([
      [0, 5, 9],
      [0, 6, 9],
    ])
    expect(collect(quiet!, { wanted: 'risen' }).metrics()).toEqual([])
  })

  it('carries early the first sample of every counter under its name', () => {
    const packets = tracked('rx_packets')
    const early = (name: string): unknown =>
      seen(collect(packets, { wanted: 'risen', name }), 'system.network.packet.count')
    sample(packets, 1, 7)
    expect(early('eth7')).toEqual([[0, 1, 7]])
    sample(packets, 2, 8)
    expect(early('eth7')).toEqual([])
    expect(early('eth8')).toEqual([
      [0, 1, 7],
      [0, 2, 8],
    ])
  })

  describe('has no point that is older than those of the collections before', () => {
    const collectAfter = (one: TrackedCounter, second: number): Collection => {
      const collection = createCollection({ attributeSets, newest: () => BOOT + second * 1000 })
      collection.add({ counters: [one], attributes: { 'network.interface.name': 'eth0' } })
      return collection
    }

    it('moves the zero that a series begins with', () => {
      const packets = tracked('rx_packets', BOOT + 1000)
      sample(packets, 50, 7)
      expect(seen(collectAfter(packets, 45), 'system.network.packet.count')).toEqual([
        [1, 45, 0],
        [1, 50, 7],
      ])
    })

    it('moves the last point of a series that has other attributes now', () => {
      const packets = tracked('rx_packets')
      sample(packets, 1, 7)
      collect(packets, { name: 'eth1' })
      sample(packets, 9, 8)
      expect(seen(collectAfter(packets, 5), 'system.network.packet.count')).toEqual([
        [0, 5, 7],
        [0, 9, 8],
      ])
    })

    it('leaves out what could not be read since', () => {
      const available = tracked('conntrack_allowance_available')
      sample(available, 4, 7)
      expect(collectAfter(available, 5).metrics()).toEqual([])
    })
  })

  it('carries nothing early of a counter that moves all the time, nor because of a reset to 0', () => {
    const packets = tracked('rx_packets')
    sample(packets, 1, 7)
    collect(packets)
    sample(packets, 2, 9)
    expect(collect(packets, { wanted: 'risen' }).metrics()).toEqual([])
    const drops = tracked('linklocal_allowance_exceeded')
    for (const [i, value] of [7, 0].entries()) sample(drops, i + 1, value)
    expect(hasRisenAfterQuiet(drops)).toBe(false)
  })
})

it('sends the utilization of ENA Express as a ratio', () => {
  const one = tracked('ena_srd_resource_utilization')
  sample(one, 1, 37)
  expect(seen(collect(one), 'ena.srd.resource.utilization')).toEqual([[1, 1, 0.37]])
})

it('keeps metrics of the same name in two scopes apart', () => {
  const collection = createCollection()
  const own = metricNamed('system.network.io')
  const point = { attributes: {}, startTime: BOOT, time: BOOT, value: 1 }
  collection.addPoint(own, point)
  collection.addPoint({ ...own, scope: 'another' }, point)
  expect(collection.metrics().map(({ metric }) => metric.scope)).toEqual([undefined, 'another'])
})
