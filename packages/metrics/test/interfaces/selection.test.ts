import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import type { NetworkInterface } from '../../src/interfaces/interface.ts'
import { createSelection, type SelectionOptions } from '../../src/interfaces/selection.ts'

const drivers: Readonly<Record<string, string | undefined>> = {
  lo: undefined,
  eth0: 'ena',
  eth1: 'ena',
  ens7: 'ixgbevf',
  gpu0: '', // a device that no driver is bound to
  veth1a2b: undefined,
  eni5c0ffee: undefined,
  docker0: undefined,
}

const interfaces = (names: readonly string[]): NetworkInterface[] =>
  names.map((name, i) => ({ name, index: i + 1, mac: '', bus: drivers[name], driver: drivers[name] }))

const ALL = Object.keys(drivers)
const NO_ENA = ['lo', 'ens7', 'gpu0', 'veth1a2b']
const NO_DEVICE = ['lo', 'veth1a2b', 'eni5c0ffee', 'docker0']

const select = (names: readonly string[], options: Partial<SelectionOptions>): string[] =>
  createSelection({ include: [], exclude: [], driver: [], ...options })(interfaces(names)).map(({ name }) => name)

test.each<[rule: string, there: readonly string[], options: Partial<SelectionOptions>, want: readonly string[]]>([
  ['ENA interfaces and nothing else', ALL, {}, ['eth0', 'eth1']],
  ['all with a device where there is no ENA', NO_ENA, {}, ['ens7', 'gpu0']],
  ['nothing where there is no device', NO_DEVICE, {}, []],
  ['an included name instead of the default', ALL, { include: ['veth*'] }, ['veth1a2b']],
  ['several names', ALL, { include: ['veth*', 'lo', 'eth0'] }, ['lo', 'eth0', 'veth1a2b']],
  ['a glob with braces', ALL, { include: ['{eni,veth}*'] }, ['veth1a2b', 'eni5c0ffee']],
  ['all but an excluded name', ALL, { exclude: ['eth1'] }, ['eth0']],
  ['all with a device when every ENA is excluded', ALL, { exclude: ['eth*'] }, ['ens7', 'gpu0']],
  ['nothing that is both included and excluded', ALL, { include: ['eth*'], exclude: ['eth1'] }, ['eth0']],
  ['no included name that is negated', ALL, { include: ['eth*', '!eth0'] }, ['eth1']],
  ['nothing that is both asked for and negated', ALL, { include: ['lo', '!lo'] }, []],
  ['the default without a negated name', ALL, { include: ['!eth0'] }, ['eth1']],
  ['no negated name, with any driver', ALL, { include: ['!eth0'], driver: ['ena'] }, ['eth1']],
  ['a driver by glob', ALL, { driver: ['ixgbe*'] }, ['ens7']],
  ['all drivers', ALL, { driver: ['*'] }, ['eth0', 'eth1', 'ens7']],
  ['no driver that is left out', NO_ENA, { driver: ['!ixgbevf'] }, ['gpu0']],
  ['another driver where ENA is left out', ALL, { driver: ['!ena'] }, ['ens7', 'gpu0']],
  ['all drivers but one', ALL, { driver: ['*', '!ena'] }, ['ens7']],
  ['what a name or a driver asks for', ALL, { include: ['veth*'], driver: ['ena'] }, ['eth0', 'eth1', 'veth1a2b']],
  ['no included name whose driver is left out', ALL, { include: ['eth0', 'ens7'], driver: ['!ena'] }, ['ens7']],
  ['nothing when no name matches', ALL, { include: ['nosuch'] }, []],
])('reads %s', (_rule, there, options, want) => {
  expect(select(there, options)).toEqual(want)
})

test('no selection reads an excluded interface, changes the order, or reads one twice', () => {
  const names = ['*', 'e*', 'eth?', 'veth*', 'eth0', 'lo', 'ena', 'i*', 'nosuch']
  const plain = fc.array(fc.constantFrom(...names), { maxLength: 3 })
  const globs = fc.array(fc.constantFrom(...names, '!ena', '!eth0', '!*'), { maxLength: 3 })
  fc.assert(
    fc.property(fc.subarray(ALL), globs, plain, globs, (there, include, exclude, driver) => {
      const read = select(there, { include, exclude, driver })
      expect(read).toEqual(there.filter((name) => read.includes(name)))
      const excluded = new Set(exclude.length === 0 ? [] : select(there, { include: exclude }))
      for (const glob of include.filter((text) => text.startsWith('!')))
        for (const name of select(there, { include: [glob.slice(1)] })) excluded.add(name)
      expect(read.filter((name) => excluded.has(name))).toEqual([])
    }),
  )
})

test('a negated name to exclude is refused', () => {
  expect(() => select(ALL, { exclude: ['eth*', '!eth0'] })).toThrow('"!eth0" begins with !')
})
