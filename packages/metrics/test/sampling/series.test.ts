import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createAttributeSets } from '../../src/sampling/attribute-sets.ts'
import { createSeries, markExported, observe, type SampledSeries, type Series } from '../../src/sampling/series.ts'

const BOOT = 1_000_000
const SET = createAttributeSets().claim('{}', 'eth0')

function take(series: Series, value: number, ms: number, wasReset = false): void {
  observe(series, { value, time: BOOT + ms, steadyMs: ms, endMs: ms, wasReset })
}

/** One sample a second from BOOT + 1 s on, in the same sample object. */
function feed(series: Series, values: readonly number[]): SampledSeries {
  for (const [i, value] of values.entries()) take(series, value, (i + 1) * 1000)
  return series as SampledSeries
}

const changes = (series: Series): (readonly [number, number])[] =>
  series.changes.map(({ time, value }) => [time - BOOT, value] as const)

describe('a series', () => {
  it('keeps the quiet sample before a change and every change, and nothing while it is quiet', () => {
    expect(changes(feed(createSeries('counter', true, BOOT), [5, 5, 5, 9, 12, 12, 12]))).toEqual([
      [3000, 5],
      [4000, 9],
      [5000, 12],
    ])
  })

  it('keeps no changes when it is busy, or a gauge', () => {
    expect(changes(feed(createSeries('counter', false, BOOT), [1, 2, 3]))).toEqual([])
    expect(changes(feed(createSeries('gauge', true, BOOT), [1, 2, 3]))).toEqual([])
  })

  it('keeps the samples around a reset also when it is busy, so that a rise above the old value hides nothing', () => {
    const series = feed(createSeries('counter', false, BOOT), [7, 9, 2, 20])
    expect(changes(series)).toEqual([
      [2000, 9],
      [3000, 2],
    ])
    expect(series.changes.map(({ startTime }) => startTime)).toEqual([BOOT, BOOT + 2000])
  })

  it('shows a reset that it has risen above since with a zero, and counts all of it as risen', () => {
    const series = feed(createSeries('counter', true, BOOT), [7])
    take(series, 9, 2000, true)
    expect(changes(series)).toEqual([
      [1000, 7],
      [1001, 0],
      [2000, 9],
    ])
    expect(series.changes.map(({ startTime }) => startTime)).toEqual([BOOT, BOOT + 1000, BOOT + 1000])
    expect([series.startTime, series.rate.peak]).toEqual([BOOT + 1000, 9])
  })

  it('puts the zero of what could not be read for long where a store still accepts it', () => {
    const series = createSeries('counter', true, BOOT, BOOT)
    take(series, 9, 7_200_000)
    expect(changes(series)).toEqual([[7_140_000, 0]])
  })

  it('has no zero before its first sample where that is zero, or where it is a gauge, which is never reset', () => {
    expect(changes(feed(createSeries('counter', true, BOOT, BOOT), [0]))).toEqual([])
    const gauge = feed(createSeries('gauge', true, BOOT, BOOT), [9, 3])
    expect([changes(gauge), gauge.startTime]).toEqual([[], BOOT])
  })

  it('clears the peak and the changes with an export, and keeps the highest value', () => {
    const counter = feed(createSeries('counter', true, BOOT), [100, 100, 400])
    markExported(counter, SET, false)
    expect([changes(counter), counter.rate.peak], 'an early one keeps the peak').toEqual([[], 300])
    markExported(counter, SET)
    expect(counter.rate.peak).toBeUndefined()
    const gauge = feed(createSeries('gauge', false, BOOT), [5, 9, 3])
    markExported(gauge, SET)
    expect(gauge.highest).toBe(9)
  })

  it('asks for an early export when it rises after quiet, or appears above zero', () => {
    expect(feed(createSeries('counter', true, BOOT), [5, 6]).exported.hasRisenAfterQuiet).toBe(true)
    expect(feed(createSeries('counter', true, BOOT, BOOT), [5]).exported.hasRisenAfterQuiet).toBe(true)
    expect(feed(createSeries('counter', true, BOOT), [5]).exported.hasRisenAfterQuiet).toBe(false)
  })

  it('has another start time after each reset, also when the wall clock is set back between them', () => {
    const series = createSeries('counter', true, BOOT)
    take(series, 5, 4000)
    take(series, 1, 1000)
    const { startTime } = series
    expect(startTime).toBeLessThan(BOOT + 1000)
    take(series, 1, 2000, true)
    expect(series.startTime).not.toBe(startTime)
  })

  it('calculates its rate with the steady clock when the wall clock is set back', () => {
    const series = createSeries('counter', false, BOOT)
    observe(series, { value: 0, time: BOOT + 60_000, steadyMs: 0, endMs: 0, wasReset: false })
    take(series, 50, 1000)
    expect(series.rate.peak).toBe(50)
  })
})

it('the changes of any counter add up to its rise, in the order of time, each once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 40 }), (steps) => {
      let total = 0
      const kept = changes(
        feed(
          createSeries('counter', true, BOOT),
          steps.map((step) => (total += step)),
        ),
      )
      const rose = kept.length === 0 ? 0 : kept.at(-1)![1] - kept[0]![1]
      expect(rose).toBe(total - steps[0]!)
      const times = kept.map(([time]) => time)
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
    }),
  )
})
