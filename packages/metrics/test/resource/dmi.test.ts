import { expect, test } from 'vitest'
import { dmiAttributes, isAmazonEc2, readDmi } from '../../src/resource/dmi.ts'
import { fixture, type Machine } from './fixture.ts'
import { recordLog } from './recorded-log.ts'

const NOTHING = {}

test.each<[Machine, boolean | undefined, object]>([
  ['nitro', true, { 'cloud.provider': 'aws', 'host.type': 'm5.large', 'host.id': 'i-0af01c0123456789a' }],
  ['metal', true, { 'cloud.provider': 'aws', 'host.type': 'm5.metal' }],
  ['xen', undefined, NOTHING],
  ['qemu', false, NOTHING],
  ['empty', undefined, NOTHING],
])('the DMI of the machine %s says that it is EC2: %s', (machine, ec2, want) => {
  const log = recordLog()
  const dmi = readDmi(fixture(machine), log)
  expect([isAmazonEc2(dmi), dmiAttributes(dmi)]).toEqual([ec2, want])
  expect(log.lines).toEqual([])
})

test('a sysfs that is not a folder offers nothing', () => {
  const log = recordLog()
  expect(readDmi({ sysfs: import.meta.filename }, log)).toEqual({})
  expect(log.lines).toEqual([])
})
