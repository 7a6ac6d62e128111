// Early export: the first increase of a quiet counter does not wait for the next export.
import { join } from 'node:path'

import { beforeAll, expect, it } from 'vitest'

import { QUIET, REPOSITORY } from '../../harness/agent.ts'
import { networkNamespace } from '../../harness/netns.ts'
import type { FlatPoint } from '../../harness/points.ts'
import { otelcol } from '../../tools/otelcol.ts'

beforeAll(otelcol)

it('exports a dropped packet at once, and nothing else', async () => {
  await using namespace = await networkNamespace(1)
  const script = [process.execPath, join(import.meta.dirname, 'early.ts')]
  const env = { ...QUIET, HOME: process.env['HOME'] }
  const { stdout, stderr } = await namespace.exec(script, { cwd: REPOSITORY, env })
  expect(stderr).toBe('')
  const [early, last] = JSON.parse(stdout) as FlatPoint[][]
  expect(early!.map(({ metric, attributes, value }) => [metric, attributes['network.io.direction'], value])).toEqual([
    ['system.network.packet.dropped', 'transmit', 0],
    ['system.network.packet.dropped', 'transmit', 1],
  ])
  const dropped = last!.filter(({ metric }) => metric === 'system.network.packet.dropped')
  expect(dropped.map(({ attributes, value }) => [attributes['network.io.direction'], value])).toContainEqual([
    'transmit',
    1,
  ])
  expect(new Set(last!.map(({ metric }) => metric)).size).toBeGreaterThan(10)
})
