import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { lineWidth } from '../../src/view/line.ts'
import { renderLive } from '../../src/view/live.ts'
import { type FakeInterface, type FakeSweep, QUIET_ENA, QUIET_STATISTICS } from './fake-node.ts'
import { liveAfter } from './machines.ts'

const text = fc.string({ unit: 'binary', maxLength: 60 })
const count = fc.oneof(fc.nat(), fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.constant(0))
const values = (names: object): fc.Arbitrary<Record<string, number>> =>
  fc.record(Object.fromEntries(Object.keys(names).map((name) => [name, count])))
const nic: fc.Arbitrary<Omit<FakeInterface, 'name'>> = fc.record(
  {
    driver: fc.oneof(fc.constant('ena'), fc.string({ minLength: 1, maxLength: 20 })),
    eniId: fc.constant('eni-0123456789abcdef0'),
    statistics: fc.oneof(fc.constant('down' as const), values(QUIET_STATISTICS)),
    ethtool: values(QUIET_ENA),
  },
  { requiredKeys: ['statistics'] },
)
const sweep: fc.Arbitrary<FakeSweep> = fc.record({
  interfaces: fc
    .dictionary(fc.string({ unit: 'binary', minLength: 1, maxLength: 15 }), nic, { maxKeys: 12 })
    .map((byName) => Object.entries(byName).map(([name, rest]) => Object.assign(rest, { name }))),
  conntrack: values({ nf_conntrack_count: 0, nf_conntrack_max: 0, insert_failed: 0, drop: 0, early_drop: 0 }),
  problems: fc.dictionary(text, text, { maxKeys: 4 }),
})

test('no line is wider than the terminal and there are never more lines than it has', () => {
  const states = fc.record({
    sweeps: fc.array(sweep, { minLength: 1, maxLength: 4 }),
    host: text,
    instanceType: fc.option(text, { nil: undefined }),
    nothingRead: fc.option(text, { nil: undefined, freq: 10 }),
  })
  const size = { width: fc.integer({ min: 1, max: 250 }), height: fc.integer({ min: 1, max: 60 }) }
  fc.assert(
    fc.property(states, fc.record(size), ({ sweeps, ...rest }, { width, height }) => {
      const lines = renderLive(liveAfter(sweeps, rest), width, height)
      expect(lines.length).toBeLessThanOrEqual(height)
      for (const spans of lines) {
        expect(lineWidth(spans)).toBeLessThanOrEqual(width)
        for (const span of spans) expect(span.text).toMatch(/^[\u{20}-\u{7e}–…·▁-█]*$/u)
      }
    }),
    { numRuns: 300 },
  )
})
