// What is made from values.yaml, and what `helm lint` and the suites of charts/ena-otel/tests say.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'

import { generated } from '../../charts/generate.ts'
import { output, run } from '../harness/command.ts'
import { helm } from '../tools/helm.ts'
import { CHART, complaint, FIVE_LINES, objects, valuesFile } from './chart.ts'
import { EXAMPLES } from './examples.ts'

beforeAll(helm) // the first time, that takes longer than a test may

test('the README and the schema are what values.yaml makes of them', () => {
  for (const [path, text] of generated()) expect(readFileSync(path, 'utf8'), path).toBe(text)
})

test('the chart has the version of the agent', () => {
  const { version } = JSON.parse(readFileSync(join(CHART, '..', '..', 'packages', 'agent', 'package.json'), 'utf8'))
  expect(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')).toMatch(new RegExp(`^appVersion: ${version}$`, 'm'))
})

test('helm lint --strict finds nothing', async () => {
  const programs = await helm()
  for (const name of EXAMPLES) {
    const values = join(CHART, 'examples', name, 'values.yaml')
    expect(await output([programs.helm, 'lint', '--strict', '--quiet', '--values', values, CHART]), name).toBe('')
  }
})

test('the suites of the chart pass', async () => {
  const programs = await helm()
  const { status, stdout, stderr } = await run([programs['helm-unittest'], '--strict', CHART])
  expect(status, stdout + stderr).toBe(0)
  process.stdout.write(`helm-unittest:${/^Tests: +(.*)$/m.exec(stdout)?.[1]}\n`)
})

test('five lines are a complete installation', async () => {
  const kinds = (await objects(FIVE_LINES)).map(({ kind }) => kind)
  expect(kinds.toSorted()).toEqual([
    'ConfigMap',
    'DaemonSet',
    'Deployment',
    'Pod',
    'PodDisruptionBudget',
    'Service',
    'ServiceAccount',
    'ServiceAccount',
  ])
})

test.for([
  ['a key that is not there', { ...FIVE_LINES, clusterNam: 'blue' }, "additional properties 'clusterNam' not allowed"],
  [
    'a key that is not there, deeper',
    { ...FIVE_LINES, amp: { regoin: 'x' } },
    "additional properties 'regoin' not allowed",
  ],
  [
    'a mode that is not there',
    { ...FIVE_LINES, collector: { mode: 'daemonset' } },
    "at '/collector/mode': value must be one of",
  ],
  ['an interval without a unit', { ...FIVE_LINES, agent: { sampleInterval: '1' } }, "at '/agent/sampleInterval'"],
  [
    'a text for a number',
    { ...FIVE_LINES, collector: { replicas: 'two' } },
    "at '/collector/replicas': got string, want integer",
  ],
  [
    'a threshold that is not there',
    { ...FIVE_LINES, rules: { thresholds: { nope: 1 } } },
    "additional properties 'nope' not allowed",
  ],
] as const)('%s is refused by the schema', async ([, values, sentence]) => {
  expect(await complaint(values)).toContain(sentence)
})

test('as part of another chart it takes the global values', async () => {
  expect(await complaint({ ...FIVE_LINES, global: { region: 'x' } })).toBe('')
})

test('the packaged chart holds neither tests nor examples', async () => {
  const programs = await helm()
  using file = valuesFile({})
  const folder = join(file.path, '..')
  await output([programs.helm, 'package', CHART, '--destination', folder])
  const list = (await output(['sh', '-c', `tar -tzf "$0"/*.tgz`, folder])).trim().split('\n')
  const parts = new Set(list.map((path) => path.split('/')[1] ?? ''))
  expect([...parts].toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    '.helmignore',
    'Chart.yaml',
    'README.md',
    'files',
    'scripts',
    'templates',
    'values.schema.json',
    'values.yaml',
  ])
})
