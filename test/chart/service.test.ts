// Which collector an agent's connections prefer.
import { beforeAll, expect, test } from 'vitest'

import { helm } from '../tools/helm.ts'
import { complaint, FIVE_LINES, objectOf, objects, type Values } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may

const values = (mode: string, trafficDistribution: string): Values => ({
  ...FIVE_LINES,
  collector: { mode, service: { trafficDistribution } },
})

test.for([
  ['deployment', 'Service'],
  ['operator', 'OpenTelemetryCollector'],
] as const)('mode %s: collector.service.trafficDistribution is that of the %s', async ([mode, kind]) => {
  const all = await objects(values(mode, 'PreferSameZone'))
  expect(objectOf(all, kind)['spec'].trafficDistribution).toBe('PreferSameZone')
  expect(objectOf(await objects(values(mode, '')), kind)['spec']).not.toHaveProperty('trafficDistribution')
})

test('a distribution that Kubernetes does not have is refused', async () => {
  expect(await complaint(values('deployment', 'Nearest'))).toMatch(
    /at '\/collector\/service\/trafficDistribution': value must be one of/,
  )
})
