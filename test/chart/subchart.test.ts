// The chart as a dependency of another chart, and YAML anchors in its values.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeAll, expect, test } from 'vitest'

import { output } from '../harness/command.ts'
import { helm } from '../tools/helm.ts'
import { CHART, FIVE_LINES, type KubernetesObject, objectOf, parsed } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may

/** The objects of a parent chart `platform` that has those dependencies of ours and those values. */
async function objectsOfParent(dependencies: readonly object[], values: string): Promise<readonly KubernetesObject[]> {
  const { helm: program } = await helm()
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-parent-'))
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
  mkdirSync(join(folder, 'charts'))
  cpSync(CHART, join(folder, 'charts', 'ena-otel'), { recursive: true })
  const chart = { apiVersion: 'v2', name: 'platform', version: '1.0.0', dependencies }
  writeFileSync(join(folder, 'Chart.yaml'), JSON.stringify(chart)) // JSON is YAML
  writeFileSync(join(folder, 'values.yaml'), values)
  return parsed(await output([program, 'template', 'platform', folder, '--namespace', 'platform']))
}

const dependency = { name: 'ena-otel', version: '*', condition: 'ena-otel.enabled' }

test('condition: ena-otel.enabled decides whether the chart is part of another', async () => {
  const values = (enabled: boolean): string => JSON.stringify({ 'ena-otel': { ...FIVE_LINES, enabled } })
  const all = await objectsOfParent([dependency], values(true))
  expect(objectOf(all, 'DaemonSet').metadata).toMatchObject({ name: 'platform-ena-otel-agent', namespace: 'platform' })
  expect(await objectsOfParent([dependency], values(false))).toEqual([])
})

test('it is part of another chart twice, under aliases', async () => {
  const aliased = (alias: string): object => ({ ...dependency, alias, condition: `${alias}.enabled` })
  const values = JSON.stringify({ blue: { ...FIVE_LINES, enabled: true }, green: { ...FIVE_LINES, enabled: true } })
  const all = await objectsOfParent([aliased('blue'), aliased('green')], values)
  const agents = all.filter(({ kind }) => kind === 'DaemonSet').map(({ metadata }) => metadata.name)
  expect(agents.toSorted()).toEqual(['platform-blue-agent', 'platform-green-agent'])
})

test('keys that begin with x- may hold YAML anchors', async () => {
  const { amp, clusterName } = FIVE_LINES
  const values = `
ena-otel:
  x-team: &team
    team: network
  x-list: [1]
  clusterName: ${clusterName}
  amp: ${JSON.stringify(amp)}
  labels: *team
`
  const all = await objectsOfParent([dependency], values)
  expect(objectOf(all, 'DaemonSet').metadata).toMatchObject({ labels: { team: 'network' } })
})

test('global values of the parent name the registry and the Secrets of the images', async () => {
  const global = { imageRegistry: 'registry.example/mirror', imagePullSecrets: ['all'], other: 1 }
  const own = { ...FIVE_LINES, imagePullSecrets: ['ours'] }
  const all = await objectsOfParent([dependency], JSON.stringify({ global, 'ena-otel': own }))
  const { containers, imagePullSecrets } = objectOf(all, 'DaemonSet')['spec'].template.spec
  expect(containers[0].image).toMatch(/^registry\.example\/mirror\/ena-otel\/ena-otel:/)
  expect(imagePullSecrets).toEqual([{ name: 'all' }, { name: 'ours' }])
})
