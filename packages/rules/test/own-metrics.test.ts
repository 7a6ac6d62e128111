// Which metrics about the agent are sent by default: those that an alert, a dashboard or a runbook reads, and no others.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { EXPORT_METRICS, USED_EXPORT_METRICS } from '@ena-otel/agent/own-metrics'
import { SAMPLING_METRICS } from '@ena-otel/metrics/own-metrics'
import { expect, it } from 'vitest'

import { exported } from '../src/names.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const READERS = ['charts/ena-otel/files/**/*.{json,yaml}', 'docs/rules/*.yaml', 'docs/runbooks/*.md']
const TEXT = globSync(READERS, { cwd: root })
  .map((file) => readFileSync(join(root, file), 'utf8'))
  .join('\n')

it('the metrics that are sent by default are those that an alert, a dashboard or a runbook reads', () => {
  const read = [...SAMPLING_METRICS, ...EXPORT_METRICS]
    .map(({ name }) => name)
    .filter((name) => new RegExp(`\\b${exported(name)}\\b`).test(TEXT))
  expect(read.toSorted()).toEqual([...SAMPLING_METRICS, ...USED_EXPORT_METRICS].map(({ name }) => name).toSorted())
})
