import { expect, test } from 'vitest'
import { machineUuid } from '../../src/resource/machine-id.ts'
import { fixture, type Machine } from './fixture.ts'
import { recordLog } from './recorded-log.ts'

// Computed with Python: uuid.uuid5(uuid.UUID('4d63009a-8d0f-11ee-aad7-4c796ed8e320'), 'ena-otel:' + machine_id)
test.each<[Machine, string | undefined]>([
  ['nitro', '358e8af4-f03c-50bb-8078-fc1376fca34d'],
  ['qemu', 'a628fd67-8bcc-5d85-a9f3-4380877e4870'],
  ['xen', undefined],
  ['empty', undefined],
])('the machine id of %s gives the UUID %s', (machine, want) => {
  const log = recordLog()
  expect(machineUuid(fixture(machine), log)).toBe(want)
  expect(log.lines).toEqual([])
})
