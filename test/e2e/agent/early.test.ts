// Early export: the first increase of a quiet counter does not wait for the next export.
import { join } from 'node:path'

import { beforeAll, expect, it } from 'vitest'

import { QUIET, REPOSITORY } from '../../harness/agent.ts'
import { networkNamespace } from '../../harness/netns.ts'
import type { FlatPoint } from '../../harness/points.ts'
import { otelcol } from '../../tools/otelcol.ts'

beforeAll(otelcol)

it('exports a dropped packet at once, with the first sample of each series, because none was exported before', async () => {
  await using namespace = await networkNamespace(1)
  const script = [process.execPath, join(import.meta.dirname, 'early.ts')]
  const env = { ...QUIET, HOME: process.env['HOME'] }
  const { stdout, stderr } = await namespace.exec(script, { cwd: REPOSITORY, env })
  expect(stderr).toBe('')
  const [early, last] = JSON.parse(stdout) as FlatPoint[][]
  const drops = early!.filter(
    ({ metric, attributes }) =>
      metric === 'system.network.packet.dropped' && attributes['network.io.direction'] === 'transmit',
  )
  expect(drops.map(({ value }) => value)).toEqual([0, 1])
  expect(new Set(early!.map(({ metric }) => metric)).size).toBeGreaterThan(3)
  const dropped = last!.filter(({ metric }) => metric === 'system.network.packet.dropped')
  expect(dropped.map(({ attributes, value }) => [attributes['network.io.direction'], value])).toContainEqual([
    'transmit',
    1,
  ])
  expect(new Set(last!.map(({ metric }) => metric)).size).toBeGreaterThan(10)
})
