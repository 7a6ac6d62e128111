import { beforeAll, expect, test } from 'vitest'
import { output } from '../command.ts'
import { orSkip } from '../not-here.ts'
import { nodeExporter } from './node-exporter.ts'

beforeAll(nodeExporter) // the first time, that takes longer than a test may

test('node_exporter runs from where it was unpacked', async ({ skip }) => {
  const program = orSkip(await nodeExporter(), skip)
  expect(await output([program, '--version'])).toMatch(/^node_exporter, version 1\./)
})
