import { expect, test } from 'vitest'

import { healthChecks } from '../../src/commands/run.ts'

const now = 1_800_000_000_000
const producer = { sampleInterval: () => 1000, lastSampleTime: () => now - 9_000, nothingRead: () => undefined }

test('an agent that sampled within the last ten seconds is alive and ready', () => {
  const { livez, readyz } = healthChecks(producer, { now: () => now })
  expect([livez(), readyz()]).toEqual([undefined, undefined])
})

test('an agent whose samples are a minute apart is alive for three of them', () => {
  const slow = { ...producer, sampleInterval: () => 60_000, lastSampleTime: () => now - 170_000 }
  expect(healthChecks(slow, { now: () => now }).livez()).toBeUndefined()
  expect(healthChecks(slow, { now: () => now + 11_000 }).livez()).toBe('the last sample was 181 s ago')
})

test('an agent that reads no interface is alive and not ready', () => {
  const { livez, readyz } = healthChecks(
    { ...producer, nothingRead: () => 'there is no network interface' },
    { now: () => now },
  )
  expect([livez(), readyz()]).toEqual([undefined, 'there is no network interface'])
})
