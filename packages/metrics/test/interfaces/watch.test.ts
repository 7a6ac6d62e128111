import { mkdirSync, renameSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import type { NetworkInterface } from '../../src/interfaces/interface.ts'
import { watchInterfaces } from '../../src/interfaces/watch.ts'
import { machine, nic } from './machine.ts'

const everything = (all: readonly NetworkInterface[]): NetworkInterface[] => [...all]
const names = (list: readonly NetworkInterface[]): string[] => list.map(({ name }) => name)
const indexes = (list: readonly NetworkInterface[]): [string, number][] => list.map(({ name, index }) => [name, index])

test('the same array comes back as long as nothing has changed', () => {
  const { sysfs } = machine(nic('eth0', 'ena', 2), nic('lo', undefined, 1))
  const watch = watchInterfaces(sysfs, everything)
  const first = watch.look()
  expect(names(first)).toEqual(['eth0', 'lo'])
  expect(watch.look()).toBe(first)
  expect(watch.look()).toBe(first)
})

test('only what is selected is given, and all that is there is known', () => {
  const { sysfs } = machine(nic('eth0', 'ena', 2), nic('lo', undefined, 1))
  const watch = watchInterfaces(sysfs, (all) => all.filter(({ driver }) => driver === 'ena'))
  expect([names(watch.all()), names(watch.look()), names(watch.all())]).toEqual([[], ['eth0'], ['eth0', 'lo']])
})

test('a new interface is seen at the next look, a removed one is not any more', () => {
  const computer = machine(nic('eth0', 'ena', 2))
  const watch = watchInterfaces(computer.sysfs, everything)
  const looks = [names(watch.look())]
  computer.add(nic('eth1', 'ena', 3))
  looks.push(names(watch.look()))
  computer.remove('eth0')
  looks.push(names(watch.look()))
  computer.remove('eth1')
  looks.push(names(watch.look()))
  expect(looks).toEqual([['eth0'], ['eth0', 'eth1'], ['eth1'], []])
  expect(watch.all()).toEqual([])
})

test('a renamed interface keeps everything but its name', () => {
  const { sysfs } = machine(nic('eth0', 'ena', 2))
  const watch = watchInterfaces(sysfs, everything)
  const [before] = watch.look()
  renameSync(join(sysfs, 'class/net/eth0'), join(sysfs, 'class/net/ens5'))
  expect(watch.look()).toEqual([{ ...before, name: 'ens5' }])
})

test('the file bonding_masters is no interface, and does not make every look a change', () => {
  const computer = machine(nic('eth0', 'ena', 2))
  writeFileSync(join(computer.sysfs, 'class/net/bonding_masters'), 'bond0\n')
  const watch = watchInterfaces(computer.sysfs, everything)
  const first = watch.look()
  expect(names(first)).toEqual(['eth0'])
  expect(watch.look()).toBe(first)
  computer.add(nic('eth1', 'ena', 3))
  expect(names(watch.look())).toEqual(['eth0', 'eth1'])
})

test('an interface that goes away between the list and its reading is looked for again', () => {
  const { sysfs } = machine(nic('eth0', 'ena', 2))
  // In the list, but with nothing behind it: what the kernel shows for a moment.
  const dangling = join(sysfs, 'class/net/eth1')
  symlinkSync('../../devices/gone', dangling)
  const watch = watchInterfaces(sysfs, everything)
  expect(names(watch.look())).toEqual(['eth0'])
  rmSync(dangling)
  mkdirSync(dangling)
  writeFileSync(join(dangling, 'ifindex'), '3\n')
  writeFileSync(join(dangling, 'address'), '02:00:00:00:00:03\n')
  expect(names(watch.look())).toEqual(['eth0', 'eth1'])
})

test('an interface that was forgotten is read again although its name never left the list', () => {
  const computer = machine(nic('eth0', 'ena', 2), nic('eth1', 'ena', 3))
  const watch = watchInterfaces(computer.sysfs, everything)
  watch.look()
  computer.remove('eth1')
  computer.add({ ...nic('eth1', 'ena', 3), index: 9 })
  expect(indexes(watch.look())).toEqual([
    ['eth0', 2],
    ['eth1', 3],
  ])
  watch.forget('eth1')
  expect(indexes(watch.look())).toEqual([
    ['eth0', 2],
    ['eth1', 9],
  ])
})

test('the last interface, forgotten and gone, is not given again', () => {
  const computer = machine(nic('eth0', 'ena', 2))
  const watch = watchInterfaces(computer.sysfs, everything)
  watch.look()
  watch.forget('eth0')
  computer.remove('eth0')
  expect(watch.look()).toEqual([])
})

test('a sysfs that is not there is an error of every look, until it is there', () => {
  const { sysfs } = machine(nic('eth0', 'ena', 2))
  const watch = watchInterfaces(sysfs, everything)
  renameSync(join(sysfs, 'class'), join(sysfs, 'away'))
  expect(() => watch.look()).toThrow(
    expect.objectContaining({ code: 'ENOENT', message: expect.stringContaining(`${sysfs}/class/net`) as string }),
  )
  renameSync(join(sysfs, 'away'), join(sysfs, 'class'))
  expect(names(watch.look())).toEqual(['eth0'])
})

test('an interface that can not be read is an error of every look, until it can be', () => {
  const computer = machine(nic('eth0', 'ena', 2))
  const ifindex = join(computer.sysfs, 'class/net/eth0/ifindex')
  rmSync(ifindex)
  mkdirSync(ifindex)
  const watch = watchInterfaces(computer.sysfs, everything)
  for (let i = 0; i < 2; i++) expect(() => watch.look()).toThrow(expect.objectContaining({ code: 'EISDIR' }))
  rmSync(ifindex, { recursive: true })
  writeFileSync(ifindex, '2\n')
  expect(names(watch.look())).toEqual(['eth0'])
})

test.each([
  ['without announcements', undefined],
  ['with them', () => true],
])('of 10,000 interfaces only a new one is read at the next look (%s)', (_, announced) => {
  const veths = Array.from({ length: 10_000 }, (_, i) => nic(`veth${String(i).padStart(4, '0')}`, undefined, i + 10))
  const computer = machine(nic('eth0', 'ena', 2), ...veths)
  const watch = watchInterfaces(computer.sysfs, (all) => all.filter(({ driver }) => driver === 'ena'), announced)
  expect(names(watch.look())).toEqual(['eth0'])
  expect(watch.all()).toHaveLength(10_001)

  // An interface that is read again shows it.
  for (const { name } of veths) writeFileSync(join(computer.sysfs, 'class/net', name, 'ifindex'), '0\n')
  computer.add(nic('eth1', 'ena', 3))
  expect(names(watch.look())).toEqual(['eth0', 'eth1'])
  expect([watch.all().length, watch.all().filter(({ index }) => index === 0).length]).toEqual([10_002, 0])
})

describe.runIf(process.platform === 'linux')('an interface that the kernel is removing (skipped elsewhere)', () => {
  /** A file that can't be read: EINVAL. lo has no speed. */
  const refuse = (path: string): void => {
    rmSync(path)
    symlinkSync('/sys/class/net/lo/speed', path)
  }

  test.each(['ifindex', 'address'])('does not keep the others from being found (%s)', (file) => {
    const computer = machine(nic('eth0', 'ena', 2), nic('eth1', 'ena', 3))
    refuse(join(computer.sysfs, 'class/net/eth0', file))
    const watch = watchInterfaces(computer.sysfs, everything)
    expect(names(watch.look())).toEqual(['eth1'])
    computer.remove('eth0')
    expect(names(watch.look())).toEqual(['eth1'])
  })

  test('is not given any more when its index can not be read', () => {
    const { sysfs } = machine(nic('eth0', 'ena', 2), nic('eth1', 'ena', 3))
    const watch = watchInterfaces(sysfs, everything, () => true)
    watch.look()
    refuse(join(sysfs, 'class/net/eth0/ifindex'))
    expect(names(watch.look())).toEqual(['eth1'])
  })
})

describe.runIf(process.platform === 'linux')('an interface whose name is not UTF-8 (skipped elsewhere)', () => {
  test('is not read, is reported, and does not make every look a change', () => {
    const { sysfs } = machine(nic('eth0', 'ena', 2), nic('\uFFFD', undefined, 3))
    const watch = watchInterfaces(sysfs, everything)
    watch.look()
    expect(watch.notUtf8()).toEqual([])
    const path = Buffer.concat([Buffer.from(join(sysfs, 'class/net/b')), Buffer.from([0xff, 0x20])])
    mkdirSync(path)
    const looks = [watch.look(), watch.look()]
    expect(looks.map(names)).toEqual([
      ['eth0', '\uFFFD'],
      ['eth0', '\uFFFD'],
    ])
    expect([looks[0] === looks[1], watch.notUtf8()]).toEqual([true, ['b\\xff\\x20']])
    rmdirSync(path)
    watch.look()
    expect(watch.notUtf8()).toEqual([])
  })
})

describe('with the announcements of the kernel', () => {
  test('the list of names is read only after an announcement, and once more after that', () => {
    const { sysfs, add } = machine(nic('eth0', 'ena', 2))
    const announcements = [true]
    const watch = watchInterfaces(sysfs, everything, () => announcements.shift() ?? false)
    const first = watch.look()
    watch.look()
    add(nic('eth1', 'ena', 3))
    expect(watch.look()).toBe(first)
    announcements.push(true)
    expect(watch.look().map(({ name }) => name)).toEqual(['eth0', 'eth1'])
    add(nic('eth2', 'ena', 4))
    expect(watch.look().map(({ name }) => name)).toEqual(['eth0', 'eth1', 'eth2'])
  })

  test('an interface that was replaced by another of the same name is noticed, and two that swapped names', () => {
    const { sysfs, remove, add, rename } = machine(nic('eth0', 'ena', 2), nic('eth1', 'ena', 3))
    const watch = watchInterfaces(sysfs, everything, () => true)
    watch.look()
    rename('eth0', 'x')
    rename('eth1', 'eth0')
    rename('x', 'eth1')
    expect(Object.fromEntries(watch.look().map(({ name, index }) => [name, index]))).toEqual({ eth0: 3, eth1: 2 })
    remove('eth1')
    add(nic('eth1', 'ena', 5))
    expect(Object.fromEntries(watch.look().map(({ name, index }) => [name, index]))).toEqual({ eth0: 3, eth1: 5 })
  })
})

test('a change is not forgotten when the looks after it fail', () => {
  const { sysfs, add } = machine(nic('eth0', 'ena', 2))
  const announcements = [true]
  const watch = watchInterfaces(sysfs, everything, () => announcements.shift() ?? false)
  watch.look()
  watch.look()
  announcements.push(true)
  add(nic('eth1', 'ena', 3))
  renameSync(join(sysfs, 'class'), join(sysfs, 'away'))
  for (const _ of [1, 2]) expect(() => watch.look()).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  renameSync(join(sysfs, 'away'), join(sysfs, 'class'))
  expect(names(watch.look())).toEqual(['eth0', 'eth1'])
})

test('an interface that swaps names with one that is not read goes on being read', () => {
  const { sysfs, rename } = machine(nic('eth0', 'ena', 2), nic('pod0', undefined, 3))
  const ena = (all: readonly NetworkInterface[]): NetworkInterface[] => all.filter(({ driver }) => driver === 'ena')
  const watch = watchInterfaces(sysfs, ena, () => true)
  watch.look()
  rename('eth0', 'x')
  rename('pod0', 'eth0')
  rename('x', 'pod0')
  expect(indexes(watch.look())).toEqual([['pod0', 2]])
})
