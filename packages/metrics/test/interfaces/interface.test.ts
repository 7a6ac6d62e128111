import { expect, test } from 'vitest'

import { identity, readInterface } from '../../src/interfaces/interface.ts'
import { machine, nic } from './machine.ts'

test('an interface is described by its index, MAC, bus address and driver', () => {
  const { sysfs } = machine({ name: 'eth0', index: 2, mac: '0a:ff:c0:11:22:33', bus: '0000:00:05.0', driver: 'ena' })
  expect(readInterface(sysfs, 'eth0')).toStrictEqual({
    name: 'eth0',
    index: 2,
    mac: '0a:ff:c0:11:22:33',
    bus: '0000:00:05.0',
    driver: 'ena',
  })
})

test('an interface without a device has neither bus address nor driver', () => {
  const { sysfs } = machine(nic('eni1234', undefined, 7))
  expect(readInterface(sysfs, 'eni1234')).toStrictEqual({
    name: 'eni1234',
    index: 7,
    mac: '02:00:00:00:00:07',
    bus: undefined,
    driver: undefined,
  })
})

test('a device that no driver is bound to is still a device', () => {
  const { sysfs } = machine({ name: 'eth0', index: 2, mac: '02:00:00:00:00:02', bus: '0000:00:05.0' })
  expect(readInterface(sysfs, 'eth0')).toMatchObject({ bus: '0000:00:05.0', driver: undefined })
})

test('a device without a MAC (a tunnel) has an empty one', () => {
  const { sysfs } = machine({ name: 'tun0', index: 9, mac: '' })
  expect(readInterface(sysfs, 'tun0').mac).toBe('')
})

test('an interface that is gone is ENOENT', () => {
  const { sysfs } = machine()
  expect(() => readInterface(sysfs, 'eth0')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
})

test('identity survives a rename and tells two devices, and two interfaces without one, apart', () => {
  const eth0 = { name: 'eth0', index: 2, mac: '02:00:00:00:00:02', bus: '0000:00:05.0', driver: 'ena' }
  const veth = { name: 'veth0', index: 7, mac: '02:00:00:00:00:02', bus: undefined, driver: undefined }
  const identities = [
    eth0,
    { ...eth0, name: 'ens5' },
    { ...eth0, index: 12 },
    { ...eth0, bus: '0000:00:06.0' },
    { ...eth0, mac: '02:00:00:00:00:03' },
    veth,
    { ...veth, index: 8 },
  ].map(identity)
  expect(identities).toEqual([
    '02:00:00:00:00:02@0000:00:05.0',
    '02:00:00:00:00:02@0000:00:05.0',
    '02:00:00:00:00:02@0000:00:05.0',
    '02:00:00:00:00:02@0000:00:06.0',
    '02:00:00:00:00:03@0000:00:05.0',
    '02:00:00:00:00:02@index 7',
    '02:00:00:00:00:02@index 8',
  ])
})

test('an ENI that was detached and comes back has the same identity and another index', () => {
  const computer = machine(nic('eth1', 'ena', 3))
  const before = readInterface(computer.sysfs, 'eth1')
  computer.remove('eth1')
  computer.add({ ...nic('eth1', 'ena', 3), index: 9 })
  const after = readInterface(computer.sysfs, 'eth1')
  expect([identity(after) === identity(before), before.index, after.index]).toEqual([true, 3, 9])
})
