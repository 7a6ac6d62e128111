import { expect, it } from 'vitest'

import { metricNames } from './metric-names.ts'

it.each([
  ['a_total', ['a_total']],
  ['sum by (x, y) (increase(a_total{l="b_total"}[5m])) > 1', ['a_total']],
  ['sum(a) by (b) / on (c) group_left (d) e', ['a', 'e']],
  ['node:a:rate5m and b unless on (c) label_replace(d, "e", "$1", "f", "(.+)")', ['node:a:rate5m', 'b', 'd']],
  ['1000 * min_over_time(timestamp(a{b=~"c"})[3h:1m])', ['a']],
  ['clamp_min(a - a offset 15s, 0) > 0', ['a']],
  ['count(a < 0.2) or vector(0)', ['a']],
])('the metrics of %s are %j', (expression, names) => {
  expect(metricNames(expression)).toEqual(names)
})
