// An agent that is stopped while packets go on: one sample afterwards, and no peak from what it did not see.
import { join } from 'node:path'

import { beforeAll, expect, it } from 'vitest'

import { QUIET, REPOSITORY } from '../../harness/agent.ts'
import { networkNamespace } from '../../harness/netns.ts'
import type { Counted, Stopped } from './stopped.ts'
import { otelcol } from '../../tools/otelcol.ts'

beforeAll(otelcol)

it('takes one sample, not thirty, after it was stopped for seconds, and reports no peak for the gap', async () => {
  await using namespace = await networkNamespace(1)
  const script = [process.execPath, join(import.meta.dirname, 'stopped.ts')]
  const env = { ...QUIET, HOME: process.env['HOME'] }
  const { stdout, stderr } = await namespace.exec(script, { cwd: REPOSITORY, env })
  expect(stderr).not.toMatch(/error/i)
  const { truth, points } = JSON.parse(stdout) as Stopped
  const sent = (metric: string): Stopped['points'] =>
    points.filter((point) => point.metric === metric && point.attributes['network.io.direction'] === 'transmit')

  const times = [...new Set(sent('system.network.packet.count').map(({ timeMs }) => timeMs))].toSorted((a, b) => a - b)
  const gaps = times.slice(1).map((time, i) => time - times[i]!)
  const longest = gaps.indexOf(Math.max(...gaps))
  expect(gaps[longest]).toBeGreaterThan(1000)
  // Those in step with the wall clock, and that of an export.
  const after = times.filter((time) => time > times[longest]! && time < times[longest + 1]! + 300)
  expect(after.length).toBeLessThanOrEqual(5)
  const peaks = sent('ena.network.packet.peak').map(({ value }) => value)
  expect(peaks.length).toBeGreaterThan(1)
  expect(Math.max(...peaks)).toBeLessThanOrEqual(highestRate(truth))
  // And all was counted.
  const values = sent('system.network.packet.count').map(({ value }) => value)
  expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(6000)
})

/** The highest rate, packets a second, over any second or more. Packets between two looks may have passed at either of them. */
function highestRate(truth: readonly Counted[]): number {
  let highest = 0
  for (let i = 0; i < truth.length; i++)
    for (let j = i + 1; j < truth.length; j++) {
      const least = (truth[j - 1]!.timeMs - truth[Math.min(i + 1, j - 1)]!.timeMs) / 1000
      highest = Math.max(highest, (truth[j]!.packets - truth[i]!.packets) / Math.max(1, least))
    }
  return highest
}
