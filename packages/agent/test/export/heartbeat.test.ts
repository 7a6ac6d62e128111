import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import type { QueuedPoint } from '../../src/export/batch.ts'
import { createHeartbeat, type Heartbeat, type HeartbeatOptions } from '../../src/export/heartbeat.ts'
import type { Stream } from '../../src/export/streams.ts'
import { DROPS, type Kind, NOON, stream } from './metric-data.ts'

const EXPORT_SECONDS = 15
const OPTIONS = { heartbeatInterval: 60_000, exportInterval: EXPORT_SECONDS * 1000, detail: 'changes' } as const

/** Seconds after noon, and the value. */
type Sample = readonly [seconds: number, value: number]

const pointAt = (of: Stream, [seconds, value]: Sample, begins = false): QueuedPoint => {
  return { stream: of, startTime: NOON, time: NOON + seconds * 1000, value, begins }
}
const sampleOf = ({ time, value }: QueuedPoint): Sample => [(time - NOON) / 1000, value]

/** What is sent of one stream, export by export. The last point of an export has its time. */
function sentOf(
  of: Stream,
  exports: readonly (readonly Sample[])[],
  heartbeat: Heartbeat = createHeartbeat(OPTIONS),
): readonly (readonly Sample[])[] {
  return exports.map((samples) => {
    const points = samples.map((sample) => pointAt(of, sample))
    return heartbeat(points, points.at(-1)!.time).map(sampleOf)
  })
}

test('an unchanged series is sent once a heartbeat interval', () => {
  const exports = [0, 15, 30, 45, 60, 75].map((seconds) => [[seconds, 7]] as const)
  expect(sentOf(stream(DROPS), exports)).toEqual([[[0, 7]], [], [], [], [[60, 7]], []])
})

test('exports are a little early or late, and a heartbeat waits for none of them', () => {
  const exports = [0.2, 15.1, 30, 45.2, 60.1, 75].map((seconds) => [[seconds, 7]] as const)
  expect(sentOf(stream(DROPS), exports).map(({ length }) => length)).toEqual([1, 0, 0, 0, 1, 0])
})

test('a change is sent with the quiet sample before it', () => {
  expect(sentOf(stream(DROPS), [[[0, 7]], [[15, 7]], [[30, 9]], [[45, 9]]])).toEqual([
    [[0, 7]],
    [],
    [
      [15, 7],
      [30, 9],
    ],
    [],
  ])
})

test.each<[string, Kind]>([
  ['ena.conntrack.available', 'gauge'],
  ['system.network.conntrack.count', 'updowncounter'],
])('so is a change of %s', (name, kind) => {
  expect(sentOf(stream(name, kind), [[[0, 7]], [[15, 7]], [[30, 3]]])[2]).toEqual([
    [15, 7],
    [30, 3],
  ])
})

test('no export has a point that is older than one of an earlier export', () => {
  const [quiet, other] = [stream('system.network.io'), stream(DROPS)]
  const heartbeat = createHeartbeat(OPTIONS)
  sentOf(quiet, [[[0, 7]], [[15, 7]]], heartbeat)
  expect(sentOf(other, [[[20, 1]]], heartbeat)).toEqual([[[20, 1]]]) // an early export
  expect(sentOf(quiet, [[[30, 9]]], heartbeat)).toEqual([
    [
      [20, 7],
      [30, 9],
    ],
  ])
})

test('a reset to the same value is a change', () => {
  const of = stream(DROPS)
  const heartbeat = createHeartbeat(OPTIONS)
  sentOf(of, [[[0, 7]], [[15, 7]]], heartbeat)
  const reset = { ...pointAt(of, [30, 7], true), startTime: NOON + 20_000 }
  expect(heartbeat([reset], reset.time).map(sampleOf)).toEqual([
    [15, 7],
    [30, 7],
  ])
})

test('after the clock was set back, points are sent at once', () => {
  const of = stream(DROPS)
  const heartbeat = createHeartbeat(OPTIONS)
  expect(sentOf(of, [[[600, 7]], [[15, 7]], [[30, 8]]], heartbeat)).toEqual([[[600, 7]], [[15, 7]], [[30, 8]]])
})

test('the agent’s own metrics are sent once a heartbeat interval, although they change', () => {
  const exports = [0, 15, 30, 45, 60].map((seconds) => [[seconds, seconds + 1]] as const)
  expect(sentOf(stream('ena_otel.sweeps', 'counter'), exports)).toEqual([[[0, 1]], [], [], [], [[60, 61]]])
})

test.each(['ena.network.statistic', 'ena.srd.packet.count', 'ena_otel.points.dropped'])(
  '%s begins with its first value other than 0, and the 0 before it',
  (name) => {
    const of = stream(name, 'counter')
    expect(sentOf(of, [[[0, 0]], [[15, 0]], [[90, 0]], [[105, 2]]])).toEqual([
      [],
      [],
      [],
      [
        [90, 0],
        [105, 2],
      ],
    ])
  },
)

test('the first point that is sent of a stream says that it begins', () => {
  const of = stream('ena.network.statistic', 'counter')
  const heartbeat = createHeartbeat(OPTIONS)
  expect(heartbeat([pointAt(of, [0, 0], true), pointAt(of, [1, 0])], NOON)).toEqual([])
  const sent = heartbeat([pointAt(of, [15, 2])], NOON + 15_000)
  expect(sent.map(({ begins }) => begins)).toEqual([true, false])
})

test('a delta of 0 is not sent, and every other is', () => {
  const exports = [[[0, 0]], [[15, 3]], [[30, 0]], [[45, 3]]] as const
  expect(sentOf(stream(DROPS, 'delta'), exports)).toEqual([[], [[15, 3]], [], [[45, 3]]])
})

test.each<[string, Partial<HeartbeatOptions>]>([
  ['with all detail', { detail: 'full' }],
  ['with a heartbeat interval as short as the export interval', { heartbeatInterval: 15_000 }],
])('%s, every sample is sent', (_, options) => {
  const exports = [[[0, 7]], [[15, 7]], [[30, 7]]] as const
  expect(sentOf(stream(DROPS), exports, createHeartbeat({ ...OPTIONS, ...options }))).toEqual(exports)
})

// ---- whatever happens

/** How much a counter rises from one second to the next; mostly not at all. */
const rises = fc.array(fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, fc.nat(5)), {
  minLength: 200,
  maxLength: 600,
  size: 'max',
})

/** Every change with the second before it, and the last sample of each export, as `metrics/src/points` returns them. */
function exportsOf(values: readonly number[]): readonly (readonly Sample[])[] {
  const exports: Sample[][] = [[]]
  for (const [second, value] of values.entries()) {
    const now = exports.at(-1)!
    const before = values[second - 1] ?? value
    if (value !== before && now.at(-1)?.[0] !== second - 1) now.push([second - 1, before])
    const isLast = second % EXPORT_SECONDS === 0
    if (value !== before || isLast) now.push([second, value])
    if (isLast) exports.push([])
  }
  return exports.filter(({ length }) => length > 0)
}

/** The last sample up to a time, as Prometheus takes it. */
const valueAt = (samples: readonly Sample[], seconds: number): number | undefined =>
  samples.findLast(([time]) => time <= seconds)?.[1]

test('the value at every second is that of all samples, and so is every increase', () => {
  fc.assert(
    fc.property(rises, (steps) => {
      let value = 10
      const values = steps.map((rise) => (value += rise))
      const all = exportsOf(values)
      const sent = sentOf(stream(DROPS), all).flat()
      expect(sent.map(([time]) => time)).toEqual(sent.map(([time]) => time).toSorted((a, b) => a - b))
      const until = all.at(-1)!.at(-1)![0]
      for (let second = 0; second <= until; second++) expect(valueAt(sent, second)).toBe(values[second])
    }),
    { numRuns: 300 },
  )
})

test('no two samples of a series are further apart than the heartbeat interval and half an export interval', () => {
  fc.assert(
    fc.property(rises, (steps) => {
      let value = 10
      const sent = sentOf(stream(DROPS), exportsOf(steps.map((rise) => (value += rise)))).flat()
      for (const [i, [time]] of sent.entries())
        expect(time - (sent[i - 1]?.[0] ?? time)).toBeLessThanOrEqual(60 + EXPORT_SECONDS / 2)
    }),
    { numRuns: 300 },
  )
})
