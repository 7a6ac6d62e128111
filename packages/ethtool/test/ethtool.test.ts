import { constants } from 'node:os'
import { describe, expect, test } from 'vitest'
import { createEthtool, type Ethtool } from '../src/ethtool.ts'
import { fakeKernel } from './fake-kernel.ts'
import { fixture, fixtureText, type Replies } from './fixture.ts'
import { gstats, nineWords, ssetInfo, statistics } from './replies.ts'

const open = (replies: Replies): Ethtool => createEthtool(fakeKernel({ eth0: replies }), 3)

/** Every public function that asks the kernel something, with the commands it sends. */
const FUNCTIONS = {
  driverInfo: ['ETHTOOL_GDRVINFO'],
  statisticNames: ['ETHTOOL_GSSET_INFO', 'ETHTOOL_GSTRINGS'],
  statistics: ['ETHTOOL_GSSET_INFO', 'ETHTOOL_GSTRINGS', 'ETHTOOL_GSTATS'],
  linkSettings: ['ETHTOOL_GLINKSETTINGS'],
  channels: ['ETHTOOL_GCHANNELS'],
  rings: ['ETHTOOL_GRINGPARAM'],
  prepare: ['ETHTOOL_GSSET_INFO', 'ETHTOOL_GSTRINGS'],
} as const satisfies Record<string, readonly (keyof Replies)[]>

type FunctionName = keyof typeof FUNCTIONS
const NAMES = Object.keys(FUNCTIONS) as FunctionName[]

describe('what the kernel refuses', () => {
  const { EPERM, EINTR, EIO, E2BIG, EAGAIN, ENOMEM, EACCES, EFAULT, EBUSY, ENODEV, EINVAL, ENOTSUP, ETIMEDOUT } =
    constants.errno
  const ERRNOS = { EPERM, EINTR, EIO, E2BIG, EAGAIN, ENOMEM, EACCES, EFAULT, EBUSY, ENODEV, EINVAL, ENOTSUP, ETIMEDOUT }
  const STATISTICS = new Set<FunctionName>(['statisticNames', 'statistics', 'prepare'])

  const table = NAMES.flatMap((name) =>
    FUNCTIONS[name].flatMap((command) =>
      Object.entries(ERRNOS).map(([code, errno]) => ({ name, command, code, errno })),
    ),
  )
  test.each(table)('$name, $command: $code', ({ name, command, code, errno }) => {
    const ethtool = open({ ...fixture('virtio_net'), [command]: errno })
    const notOffered = (code === 'ENOTSUP' && name !== 'driverInfo') || (code === 'EINVAL' && STATISTICS.has(name))
    if (!notOffered) {
      expect(() => ethtool[name]('eth0')).toThrow(
        expect.objectContaining({
          name: 'EthtoolError',
          code,
          errno: -errno,
          syscall: 'ioctl',
          interface: 'eth0',
          command,
        }),
      )
    } else if (name === 'prepare') {
      expect(ethtool.prepare('eth0').names).toEqual([])
    } else {
      expect(ethtool[name]('eth0')).toBeUndefined()
    }
  })

  test.each(NAMES)('%s: an interface that does not exist is ENODEV', (name) => {
    expect(() => open({})[name]('eth1')).toThrow(
      expect.objectContaining({ code: 'ENODEV', errno: -19, interface: 'eth1' }),
    )
  })

  test.each(NAMES)('%s: what can be no interface name is refused before the kernel is asked', (name) => {
    expect(() => open({})[name]('a/b')).toThrow(RangeError)
    expect(() => open({})[name](7 as unknown as string)).toThrow(TypeError)
  })
})

describe('a captured virtio_net', () => {
  const ethtool = open(fixture('virtio_net'))

  test('is described', () => {
    expect({
      driverInfo: ethtool.driverInfo('eth0'),
      linkSettings: ethtool.linkSettings('eth0'),
      channels: ethtool.channels('eth0'),
      rings: ethtool.rings('eth0'),
    }).toEqual({
      driverInfo: {
        driver: 'virtio_net',
        version: '1.0.0',
        firmwareVersion: undefined,
        busInfo: '0000:00:03.0',
        expansionRomVersion: undefined,
      },
      linkSettings: { speed: undefined, duplex: undefined, autonegotiation: false, port: 'other' },
      channels: { maxRx: 0, maxTx: 0, maxOther: 0, maxCombined: 1, rx: 0, tx: 0, other: 0, combined: 1 },
      rings: { maxRx: 256, maxRxMini: 0, maxRxJumbo: 0, maxTx: 256, rx: 256, rxMini: 0, rxJumbo: 0, tx: 256 },
    })
  })
})

test('a captured veth is described, with what it does not offer undefined', () => {
  const ethtool = open(fixture('veth'))
  expect({
    driverInfo: ethtool.driverInfo('eth0'),
    linkSettings: ethtool.linkSettings('eth0'),
    channels: ethtool.channels('eth0'),
    rings: ethtool.rings('eth0'),
  }).toEqual({
    driverInfo: {
      driver: 'veth',
      version: '1.0',
      firmwareVersion: undefined,
      busInfo: undefined,
      expansionRomVersion: undefined,
    },
    linkSettings: { speed: 10_000, duplex: 'full', autonegotiation: false, port: 'twisted-pair' },
    channels: { maxRx: 2, maxTx: 2, maxOther: 0, maxCombined: 0, rx: 1, tx: 1, other: 0, combined: 0 },
    rings: undefined,
  })
})

test.each(['virtio_net', 'veth'])(
  'the statistics of a captured %s are what ethtool printed in the same moment',
  (name) => {
    const printed = fixtureText(`${name}.ethtool.txt`)
    const map = open(fixture(name)).statistics('eth0')
    expect(['NIC statistics:', ...[...(map ?? [])].map(([key, value]) => `     ${key}: ${value}`), ''].join('\n')).toBe(
      printed,
    )
    expect(open(fixture(name)).statisticNames('eth0')).toEqual([...(map?.keys() ?? [])])
  },
)

describe('statistics', () => {
  test('of a driver that has none are undefined, not an empty map', () => {
    for (const info of [ssetInfo(undefined), ssetInfo(0)]) {
      const ethtool = open({ ETHTOOL_GSSET_INFO: info })
      expect([ethtool.statistics('eth0'), ethtool.statisticNames('eth0'), ethtool.prepare('eth0').names]).toEqual([
        undefined,
        undefined,
        [],
      ])
    }
  })

  test('with names that come twice keep every value', () => {
    const map = open(
      statistics([
        ['a', 1n],
        ['a', 2n],
        ['b', 3n],
      ]),
    ).statistics('eth0')
    expect([...(map ?? [])]).toEqual([
      ['a', 1n],
      ['a#2', 2n],
      ['b', 3n],
    ])
  })

  test('that never settle are an error', () => {
    const replies = { ...statistics({ a: 1n, b: 2n }), ETHTOOL_GSTATS: gstats([1n]) }
    expect(() => open(replies).statistics('eth0')).toThrow(expect.objectContaining({ code: 'ERR_ETHTOOL_UNSETTLED' }))
    const strings = { ...statistics({ a: 1n, b: 2n }), ETHTOOL_GSSET_INFO: ssetInfo(1) }
    expect(() => open(strings).statisticNames('eth0')).toThrow(
      expect.objectContaining({ code: 'ERR_ETHTOOL_UNSETTLED' }),
    )
  })

  test('free the memory they were read into, after a failure too', () => {
    const freed: number[] = []
    const broken = { ...statistics({ a: 1n }), ETHTOOL_GSTATS: 5 }
    const kernel = fakeKernel(
      { eth0: statistics({ a: 1n }), eth1: broken },
      { free: (payload) => freed.push(payload.length) },
    )
    const ethtool = createEthtool(kernel, 3)
    ethtool.statistics('eth0')
    expect(() => ethtool.statistics('eth1')).toThrow(expect.objectContaining({ code: 'EIO' }))
    expect(freed).toEqual([16, 16])
  })
})

test('a reply that makes no sense is an error that says why', () => {
  expect(() => open({ ETHTOOL_GSSET_INFO: ssetInfo(0xffffffff) }).statistics('eth0')).toThrow(
    expect.objectContaining({
      code: 'ERR_ETHTOOL_REPLY',
      command: 'ETHTOOL_GSSET_INFO',
      cause: expect.any(RangeError),
    }),
  )
})

describe('closing', () => {
  test('may be done twice, closes what was prepared, and every function says so afterwards', () => {
    const freed: Buffer[] = []
    let closed = 0
    const kernel = fakeKernel({ eth0: fixture('virtio_net') }, { free: (payload) => freed.push(payload) })
    const ethtool = createEthtool({ ...kernel, close: () => void closed++ }, 3)
    const prepared = ethtool.prepare('eth0')
    ethtool.prepare('eth0').close()
    ethtool.close()
    ethtool[Symbol.dispose]()
    expect([closed, freed.length]).toEqual([1, 2])
    const error = expect.objectContaining({ code: 'ERR_ETHTOOL_CLOSED' })
    expect(() => prepared.read()).toThrow(error)
    for (const name of NAMES) expect(() => ethtool[name]('eth0'), name).toThrow(error)
    prepared.close()
    expect(freed.length).toBe(2)
  })
})

test('numbers that the kernel has are returned, also zero', () => {
  expect(
    open({ ETHTOOL_GCHANNELS: nineWords('ETHTOOL_GCHANNELS', [0, 0, 0, 0, 0, 0, 0, 0]) }).channels('eth0'),
  ).toEqual({
    maxRx: 0,
    maxTx: 0,
    maxOther: 0,
    maxCombined: 0,
    rx: 0,
    tx: 0,
    other: 0,
    combined: 0,
  })
})
