import { expect, test } from 'vitest'

import { identity, readInterface } from '../../src/interfaces/interface.ts'
import { machine, type Nic } from './machine.ts'

const MAC = '0a:ff:c0:11:22:33'
const BUS = '0000:00:05.0'

test.each<[what: string, nic: Nic, bus: string | undefined, driver: string | undefined]>([
  ['with a device', { name: 'eth0', index: 2, mac: MAC, bus: BUS, driver: 'ena' }, BUS, 'ena'],
  ['without a device', { name: 'eni1234', index: 7, mac: MAC }, undefined, undefined],
  ['whose device no driver is bound to', { name: 'eth0', index: 2, mac: MAC, bus: BUS }, BUS, undefined],
  ['without a MAC (a tunnel)', { name: 'tun0', index: 9, mac: '' }, undefined, undefined],
])('an interface %s is described by its index, MAC, bus address and driver', (_what, one, bus, driver) => {
  const { name, index, mac } = one
  expect(readInterface(machine(one).sysfs, name)).toStrictEqual({ name, index, mac, bus, driver })
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
