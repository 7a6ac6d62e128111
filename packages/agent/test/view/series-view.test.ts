import { expect, test } from 'vitest'

import { type SeriesView, updateSeries } from '../../src/view/series-view.ts'

test('a counter has no rate while its samples are too close, after the wall clock was set back', () => {
  let series: SeriesView | undefined
  const update = (time: number, value: number): number | undefined => {
    series = updateSeries(series, [{ attributes: {}, startTime: 0, time, value }], undefined)
    return series?.perSecond
  }
  expect([update(1000, 5), update(2000, 7), update(2010, 9), update(2020, 11), update(3000, 13)]).toEqual([
    undefined,
    2,
    undefined,
    undefined,
    2 / 0.98,
  ])
  expect(series?.risen).toBe(8)
})
