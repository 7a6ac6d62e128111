// Counters as the agent would have tracked them, from a file of lines `<reader> <name> <value>`, and exports as text.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { Ecosystem } from '../../src/compatibility/ecosystems.ts'
import { addCompatibility, type CompatibilitySource } from '../../src/compatibility/compatibility.ts'
import { createCollection, type MetricPoints } from '../../src/points/points.ts'
import type { CounterSource } from '../../src/table.ts'
import { createTracker, type TrackedCounter } from '../../src/sampling/tracker.ts'

/** When the test's counters began to count, and when they were read. */
export const BOOTED: number = Date.UTC(2026, 10, 1)
export const READ_AT: number = Date.UTC(2026, 10, 21, 12)

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
}

/** The lines of a fixture, without its comments. */
export function fixtureLines(name: string): string[] {
  return readFileSync(fixturePath(name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** Tracks values the way the sweep does, so that what has no row in the metrics table goes missing here, too. */
export function tracked(from: CounterSource, values: Readonly<Record<string, number>>): TrackedCounter[] {
  const block = { from, names: Object.keys(values), values: Float64Array.from(Object.values(values)) }
  const tracker = createTracker({ block, read: () => 'read', close: () => undefined }, undefined, BOOTED)
  tracker.sample('all', READ_AT, 0)
  return [...tracker.tracked()]
}

export function trackedFixture(name: string, from: CounterSource): TrackedCounter[] {
  const rows = fixtureLines(name).map((line) => line.split(' '))
  return tracked(
    from,
    Object.fromEntries(rows.filter(([reader]) => reader === from).map(([, key, value]) => [key, Number(value)])),
  )
}

export function collect(
  ecosystems: readonly Ecosystem[],
  source: CompatibilitySource,
  delta = false,
): readonly MetricPoints[] {
  const collection = createCollection({ deltaSince: delta ? 0 : undefined })
  addCompatibility(collection, ecosystems, source, delta)
  return collection.metrics()
}

/** One line a point, sorted, as Prometheus would write it; an OTLP counter says so at the end. */
export function exposition(metrics: readonly MetricPoints[]): string[] {
  return metrics
    .flatMap(({ metric, points }) =>
      points.map(({ attributes, value }) => {
        const kind = metric.kind === 'counter' ? ' # counter' : ''
        return `${selector(metric.name, attributes)} ${value}${kind}`
      }),
    )
    .sort()
}

export function selector(name: string, attributes: Readonly<Record<string, string>>): string {
  const labels = Object.keys(attributes)
    .sort()
    .map((key) => `${key}=${JSON.stringify(attributes[key])}`)
  return labels.length === 0 ? name : `${name}{${labels.join(',')}}`
}
