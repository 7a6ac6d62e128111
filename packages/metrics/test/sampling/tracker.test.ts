import { expect, test } from 'vitest'

import { createCollection } from '../../src/points/points.ts'
import { createTracker, type Detail } from '../../src/sampling/tracker.ts'

const BOOT = 1_000_000

/** What an export carries of received packets that were read once a second, and what the reads said. */
function exported(detail: Detail, values: readonly number[]): { points: unknown; outcomes: readonly string[] } {
  const block = { from: 'statistics' as const, names: ['rx_packets'], values: new Float64Array(1) }
  const reader = { block, read: () => 'read' as const, close: () => undefined }
  const tracker = createTracker(reader, undefined, BOOT, undefined, detail)
  const outcomes = values.map((value, i) => {
    block.values[0] = value
    return tracker.sample('sampled', BOOT + (i + 1) * 1000, (i + 1) * 1000)
  })
  const collection = createCollection()
  collection.add({ counters: tracker.tracked(), attributes: {} })
  const { points } = collection.metrics().find(({ metric }) => metric.name === 'system.network.packet.count')!
  return { points: points.map(({ time, value }) => [(time - BOOT) / 1000, value]), outcomes }
}

test('a busy counter sends its first and its last value', () => {
  expect(exported('changes', [7, 7, 9, 12, 15]).points).toEqual([
    [1, 7],
    [5, 15],
  ])
})

test('in full detail it sends each sample in which it moved, and the one before, each with the time it was read', () => {
  expect(exported('full', [7, 7, 9, 12, 15, 15, 15]).points).toEqual([
    [2, 7],
    [3, 9],
    [4, 12],
    [5, 15],
    [7, 15],
  ])
})

test('its rise is not reported as a rise after quiet, also in full detail', () => {
  for (const detail of ['changes', 'full'] as const)
    expect(new Set(exported(detail, [7, 9, 12]).outcomes)).toEqual(new Set(['read']))
})
