import { describe, expect, test } from 'vitest'

import type { NetworkInterface } from '../../src/interfaces/interface.ts'
import { whyNothingIsRead } from '../../src/interfaces/pod-network.ts'

const seen = (name: string, driver?: string): NetworkInterface => ({ name, index: 1, mac: '', bus: driver, driver })
const LO = seen('lo')

/** What ethtool says of interfaces without a device: veth has a driver of its name, others may have none. */
const ethtool = {
  driverInfo: (name: string) => {
    const driver = { eth0: 'veth', docker0: 'bridge' }[name]
    if (driver === undefined) throw Object.assign(new Error('not supported'), { code: 'ENOTSUP' })
    return { driver, version: '', firmwareVersion: '', busInfo: '' }
  },
} as unknown as Parameters<typeof whyNothingIsRead>[2]

test.each<[situation: string, all: readonly NetworkInterface[], want: string]>([
  ['no interface but lo', [LO], 'there is no network interface but lo: set hostNetwork: true on the pod'],
  [
    'none at all, which no kernel has',
    [],
    'there is no network interface, not even lo: name the folder where sysfs is mounted with --sysfs',
  ],
  [
    'a veth only',
    [LO, seen('eth0')],
    "only a pod's own network is visible (eth0: veth), not the node's: set hostNetwork: true on the pod",
  ],
  [
    'a device that is not selected',
    [LO, seen('eth0', 'ena'), seen('veth1')],
    'none of the interfaces is to be read (eth0): check --include, --exclude and --driver',
  ],
  [
    'interfaces without a device, none of them a veth',
    [LO, seen('docker0'), seen('dummy0')],
    'no interface has a device behind it (docker0, dummy0): name those to read with --include',
  ],
])('with %s one line says what to do', (_situation, all, want) => {
  expect(whyNothingIsRead(0, all, ethtool)).toBe(want)
})

describe('on a node with 10,000 pods', () => {
  const pods = (count: number): NetworkInterface[] =>
    Array.from({ length: count }, (_, i) => seen(`${i % 2 ? 'eni' : 'veth'}${(i * 7919).toString(16)}`))

  test.each<[situation: string, others: readonly NetworkInterface[], want: string]>([
    [
      'whose devices are not selected',
      ['ens7', 'ens5', 'ens10', 'ens6', 'ens8', 'ens9'].map((name) => seen(name, 'ena')),
      'none of the interfaces is to be read (ens10, ens5, ens6, ens7 and 2 more): check --include, --exclude and --driver',
    ],
    [
      'that is a container itself',
      [seen('eth0')],
      "only a pod's own network is visible (eth0: veth), not the node's: set hostNetwork: true on the pod",
    ],
    [
      'that has no device',
      [seen('docker0'), seen('dummy0')],
      'no interface has a device behind it (docker0, dummy0): name those to read with --include',
    ],
    ['that has nothing else', [], 'no interface has a device behind it: name those to read with --include'],
  ])('%s the line is short, and the same while pods come and go', (_situation, others, want) => {
    const texts = [0, 9_998, 10_000].map((count) => whyNothingIsRead(0, [LO, ...pods(count), ...others], ethtool))
    expect(new Set(others.length > 0 ? texts : texts.slice(1))).toEqual(new Set([want]))
  })
})

test('nothing is wrong when something is read', () => {
  expect(whyNothingIsRead(1, [LO], ethtool)).toBeUndefined()
})
