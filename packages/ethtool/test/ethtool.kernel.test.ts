// Against this machine's own kernel and interfaces.
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { openEthtool, type Ethtool } from '../src/index.ts'
import { findEthtool } from './ethtool-binary.ts'

const SUPPORTED = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
const INTERFACES = SUPPORTED ? readdirSync('/sys/class/net').filter((name) => name !== 'bonding_masters') : []
const PROBE = new URL('probe.ts', import.meta.url).pathname

function skip(context: TestContext, reason: string): never {
  console.log(`skipped: ${context.task.name}: ${reason}`)
  return context.skip(reason)
}

describe.runIf(SUPPORTED)('on this machine', () => {
  let ethtool: Ethtool
  beforeAll(() => {
    ethtool = openEthtool()
  })
  afterAll(() => ethtool.close())

  test.each(INTERFACES)('every statistic of %s has the name and the place that ethtool -S prints', (name) => {
    expect(ethtool.statistics(name)?.size).toBe(ethtool.statisticNames(name)?.length)
    expect(ethtool.prepare(name).names).toEqual(ethtool.statisticNames(name) ?? [])
  })

  test('every statistic of every interface has the name that ethtool -S prints, in its order', (context) => {
    const binary = findEthtool() ?? skip(context, 'no ethtool in PATH or in ENA_OTEL_TOOLS')
    for (const name of INTERFACES) {
      const { stdout } = spawnSync(binary, ['-S', name], { encoding: 'utf8' })
      const printed = [...stdout.matchAll(/^ {5}(.*): \d+$/gm)].map(([, statistic]) => statistic)
      expect(ethtool.statisticNames(name) ?? [], name).toEqual(printed)
    }
  })

  test('every interface with a driver is described as ethtool -i does', (context) => {
    const binary = findEthtool() ?? skip(context, 'no ethtool in PATH or in ENA_OTEL_TOOLS')
    for (const name of INTERFACES) {
      const { status, stdout } = spawnSync(binary, ['-i', name], { encoding: 'utf8' })
      if (status !== 0) {
        expect(() => ethtool.driverInfo(name), name).toThrow(expect.objectContaining({ code: 'ENOTSUP' }))
        continue
      }
      const printed = Object.fromEntries(
        [...stdout.matchAll(/^([a-z-]+): (.*)$/gm)].map(([, key, value]) => [key, value]),
      )
      const info = ethtool.driverInfo(name)
      expect(
        {
          driver: info.driver,
          version: info.version ?? '',
          'firmware-version': info.firmwareVersion ?? '',
          'expansion-rom-version': info.expansionRomVersion ?? '',
          'bus-info': info.busInfo ?? '',
        },
        name,
      ).toMatchObject(Object.fromEntries(Object.entries(printed).filter(([key]) => !key?.startsWith('supports'))))
    }
  })

  test('an interface that does not exist is ENODEV for every function', () => {
    const functions = [
      'driverInfo',
      'statisticNames',
      'statistics',
      'linkSettings',
      'channels',
      'rings',
      'prepare',
    ] as const
    for (const name of functions) {
      expect(() => ethtool[name]('no-such-nic'), name).toThrow(
        expect.objectContaining({ code: 'ENODEV', errno: -19, syscall: 'ioctl', interface: 'no-such-nic' }),
      )
    }
  })

  test('lo offers nothing, and that is no failure', () => {
    expect(
      (['statisticNames', 'statistics', 'linkSettings', 'channels', 'rings'] as const).map((name) =>
        ethtool[name]('lo'),
      ),
    ).toEqual(Array.from({ length: 5 }))
  })

  test('values that were prepared are those of statistics()', () => {
    for (const name of INTERFACES) {
      const prepared = ethtool.prepare(name)
      // counters move: compare a moment in which they did not
      let before: readonly bigint[]
      let after = [...(ethtool.statistics(name)?.values() ?? [])]
      do {
        before = after
        expect(prepared.read()).toBe(false)
        after = [...(ethtool.statistics(name)?.values() ?? [])]
      } while (before.join(' ') !== after.join(' '))
      expect([...prepared.values], name).toEqual(after)
      prepared.close()
    }
  })

  test('handles can be opened and closed without losing descriptors or mappings', () => {
    openAndRead(1)
    const [descriptors = 0, mappings = 0] = descriptorsAndMappings()
    openAndRead(200)
    const [descriptorsAfter = 0, mappingsAfter = 0] = descriptorsAndMappings()
    // other threads of this process may open and map a few of their own; a leak is hundreds
    expect([Math.abs(descriptorsAfter - descriptors) < 20, Math.abs(mappingsAfter - mappings) < 50]).toEqual([
      true,
      true,
    ])
  })

  test('after close() nothing touches freed memory', () => {
    const handle = openEthtool()
    const prepared = handle.prepare(INTERFACES[0] ?? 'lo')
    handle.close()
    expect(() => prepared.read()).toThrow(expect.objectContaining({ code: 'ERR_ETHTOOL_CLOSED' }))
    expect(() => handle.statistics('lo')).toThrow(expect.objectContaining({ code: 'ERR_ETHTOOL_CLOSED' }))
  })

  test('it works as uid 65534 without capabilities and without new privileges', (context) => {
    if (process.getuid?.() !== 0) skip(context, 'not root, so it runs without privileges anyway')
    const setpriv = [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      '--bounding-set=-all',
      '--inh-caps=-all',
      '--no-new-privs',
    ]
    const child = spawnSync('setpriv', [...setpriv, process.execPath, PROBE, 'describe', ...INTERFACES], {
      encoding: 'utf8',
    })
    if (child.error !== undefined) skip(context, `setpriv can't be run: ${child.error.message}`)
    if (/EACCES|Permission denied/.test(child.stderr)) skip(context, `uid 65534 can't read this checkout or this Node`)
    expect(child.stderr).toBe('')
    expect(JSON.parse(child.stdout)).toEqual({
      uid: 65_534,
      capabilities: '0000000000000000',
      interfaces: INTERFACES.map((name) => ({ name, names: ethtool.statisticNames(name) ?? null })),
    })
  })
})

describe.runIf(SUPPORTED)('a hundred thousand reads', () => {
  // a nursery larger than anything they could allocate, so that no collection hides it
  const V8 = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']

  test.each([
    ['optimized', V8],
    ['interpreted', [...V8, '--no-opt', '--no-sparkplug', '--no-maglev']],
  ])('of each interface leave nothing on the JS heap, %s', (_, flags) => {
    const output = execFileSync(process.execPath, [...flags, PROBE, 'allocations', ...INTERFACES], { encoding: 'utf8' })
    const bytesPerRead = JSON.parse(output) as Readonly<Record<string, number>>
    // the smallest object V8 has takes 16 bytes, and a read that makes one makes one each time
    expect(Object.entries(bytesPerRead).filter(([, bytes]) => bytes >= 4)).toEqual([])
    expect(Object.keys(bytesPerRead).length).toBeGreaterThan(0)
  })
})

test('where there is no such kernel, opening says so', (context) => {
  if (SUPPORTED) skip(context, 'this is Linux on x64 or arm64')
  expect(() => openEthtool()).toThrow(expect.objectContaining({ code: 'ERR_ETHTOOL_PLATFORM' }))
})

function descriptorsAndMappings(): number[] {
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n')
  return [readdirSync('/proc/self/fd').length, maps.filter((line) => line.includes('---p 00000000 00:00 0')).length]
}

function openAndRead(times: number): void {
  for (let index = 0; index < times; index++) {
    const handle = openEthtool()
    for (const name of INTERFACES) handle.prepare(name).read()
    handle.close()
  }
}
