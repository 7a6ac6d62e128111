import { expect, test } from 'vitest'
import { openEthtool } from '../src/index.ts'

test.each([0, -1, 1.5, 101, Number.NaN, Number.POSITIVE_INFINITY])('attempts: %d is refused', (attempts) => {
  expect(() => openEthtool({ attempts })).toThrow(
    new RangeError(`attempts must be an integer from 1 to 100, got ${attempts}`),
  )
})
