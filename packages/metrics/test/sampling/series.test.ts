import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createSeries, markExported, observe, type Series } from '../../src/sampling/series.ts'

const BOOT = 1_000_000

/** One sample a second from BOOT + 1 s on. */
function feed(series: Series, values: readonly number[], intervalMs = 1000): Series {
  for (const [i, value] of values.entries()) {
    const at = (i + 1) * intervalMs
    observe(series, value, BOOT + at, at)
  }
  return series
}

const changes = ({ changeTimes, changeValues }: Series): (readonly [number, number])[] =>
  changeTimes.map((time, i) => [time - BOOT, changeValues[i]!] as const)

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

  it('knows the highest second and forgets it with the export', () => {
    const series = feed(createSeries('counter', false, BOOT), [100, 100, 400, 450])
    expect(series.peak).toBe(300)
    markExported(series, '')
    expect(series.peak).toBeNaN()
  })

  it('adds up a second out of shorter samples', () => {
    const series = createSeries('counter', false, BOOT)
    feed(series, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 100, 100], 100)
    expect([series.peak, series.throttledSeconds]).toEqual([100, 1])
  })

  it('keeps the samples around a reset also when it is busy, so that a rise above the old value hides nothing', () => {
    expect(changes(feed(createSeries('counter', false, BOOT), [7, 9, 2, 20]))).toEqual([
      [2000, 9],
      [3000, 2],
    ])
  })

  it('divides what rose by the time to the end of the read, which may have waited for a lock', () => {
    const series = createSeries('counter', false, BOOT)
    observe(series, 0, BOOT, 0)
    observe(series, 400, BOOT + 1000, 1000, false, 4000)
    expect(series.peak).toBe(100)
  })

  it('makes no more of a second that is a little short', () => {
    const series = createSeries('counter', false, BOOT)
    observe(series, 0, BOOT, 0)
    observe(series, 95, BOOT + 951, 951)
    expect(series.peak).toBe(95)
  })

  it('puts the zero of what could not be read for long where a store still takes it', () => {
    const series = createSeries('counter', true, BOOT, BOOT)
    observe(series, 9, BOOT + 7_200_000, 7_200_000)
    expect(changes(series)).toEqual([[7_140_000, 0]])
  })

  it('keeps no more changes than memory is meant for, and with fewer of them all that it has risen by', () => {
    const series = createSeries('counter', true, BOOT, BOOT)
    let value = 0
    let rose = 0
    for (let i = 1; i <= 20_000; i++) {
      const isReset = i % 5000 === 0
      value = isReset ? 2 : value + 3
      rose += isReset ? 2 : 3
      observe(series, value, BOOT + i * 1000, i * 1000)
    }
    expect(series.changeTimes.length).toBeLessThanOrEqual(4097)
    let increase = 0
    for (let i = 1; i < series.changeValues.length; i++) {
      const now = series.changeValues[i]!
      const before = series.changeValues[i - 1]!
      increase += now >= before ? now - before : now
    }
    expect(increase).toBe(rose)
  })

  it('takes the average over a gap and does not invent a peak', () => {
    const series = createSeries('counter', false, BOOT)
    observe(series, 0, BOOT, 0)
    observe(series, 3000, BOOT + 30_000, 30_000)
    expect([series.peak, series.throttledSeconds]).toEqual([100, 1])
  })

  it('counts the seconds in which it rose', () => {
    expect(feed(createSeries('counter', true, BOOT), [0, 0, 1, 1, 5, 6, 6]).throttledSeconds).toBe(3)
  })

  it('begins anew at the last sample before a reset', () => {
    const series = feed(createSeries('counter', true, BOOT), [7, 9, 2])
    expect(series.startTime).toBe(BOOT + 2000)
    expect(series.changeStartTimes).toEqual([BOOT, BOOT, BOOT + 2000])
  })

  it('begins anew at a reset that it has risen above since, with a zero that shows it', () => {
    const series = feed(createSeries('counter', true, BOOT), [7])
    observe(series, 9, BOOT + 2000, 2000, true)
    expect(changes(series)).toEqual([
      [1000, 7],
      [1001, 0],
      [2000, 9],
    ])
    expect(series.changeStartTimes).toEqual([BOOT, BOOT + 1000, BOOT + 1000])
    expect([series.startTime, series.peak]).toEqual([BOOT + 1000, 9])
  })

  it('begins with a zero where it came under our eyes, unless it is still zero, or a gauge', () => {
    const come = (kind: 'counter' | 'gauge', value: number): readonly (readonly [number, number])[] =>
      changes(feed(createSeries(kind, false, BOOT, BOOT + 1), [value]))
    expect(come('counter', 4)).toEqual([[1, 0]])
    expect(come('counter', 0)).toEqual([])
    expect(come('gauge', 4)).toEqual([])
  })

  it('begins at its first sample when nothing counted before', () => {
    expect(feed(createSeries('counter', false, Number.NaN), [0, 1]).startTime).toBe(BOOT + 1000)
  })

  it('remembers the highest value of a gauge over exports', () => {
    const series = feed(createSeries('gauge', false, BOOT), [5, 9, 3])
    markExported(series, '')
    expect(series.highest).toBe(9)
  })

  it('takes no harm from a wall clock that is set back', () => {
    const series = createSeries('counter', false, BOOT)
    observe(series, 0, BOOT + 60_000, 0)
    observe(series, 50, BOOT, 1000)
    expect(series.peak).toBe(50)
  })
})

describe('whatever a counter does', () => {
  const rises = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 40 })

  it('its change points rise by as much as it did', () => {
    fc.assert(
      fc.property(rises, (steps) => {
        let total = 0
        const series = feed(
          createSeries('counter', true, BOOT),
          steps.map((step) => (total += step)),
        )
        const values = changes(series).map(([, value]) => value)
        const rose = values.length === 0 ? 0 : values.at(-1)! - values[0]!
        expect(rose).toBe(total - steps[0]!)
      }),
    )
  })

  it('its change points are in the order of time, each once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3 }), { maxLength: 40 }), (values) => {
        const times = changes(feed(createSeries('counter', true, BOOT), values)).map(([time]) => time)
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
      }),
    )
  })

  it('it is never throttled for more seconds than have passed', () => {
    fc.assert(
      fc.property(rises, fc.integer({ min: 100, max: 5000 }), (steps, intervalMs) => {
        let total = 0
        const series = feed(
          createSeries('counter', true, BOOT),
          steps.map((step) => (total += step)),
          intervalMs,
        )
        expect(series.throttledSeconds).toBeLessThanOrEqual((steps.length * intervalMs) / 1000 + 0.05)
      }),
    )
  })
})
