import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeEach, describe, expect, it } from 'vitest'

import { readLinkFacts } from '../../src/interfaces/link-facts.ts'
import { temporaryFolder } from '../readers/temporary-folder.ts'

const DRIVER = {
  driver: 'ena',
  version: '2.12.0g',
  firmwareVersion: undefined,
  busInfo: '0000:00:05.0',
  expansionRomVersion: undefined,
}
const SETTINGS = { speed: 25_000, duplex: 'full', autonegotiation: false, port: 'other' } as const

const answering = { driverInfo: () => DRIVER, linkSettings: () => SETTINGS }

function failing(code: string): { driverInfo: () => never; linkSettings: () => undefined } {
  return {
    linkSettings: () => undefined,
    driverInfo: () => {
      throw Object.assign(new Error(code), { code })
    },
  }
}

describe('readLinkFacts', () => {
  let sysfs: string
  let nic: string

  beforeEach(() => {
    sysfs = temporaryFolder({ 'class/net/eth0/flags': '0x1003\n', 'class/net/eth0/carrier': '1\n' })
    nic = join(sysfs, 'class/net/eth0')
  })

  it('gives what ethtool and sysfs say', () => {
    expect(readLinkFacts(answering, sysfs, 'eth0')).toEqual({
      driver: DRIVER,
      settings: SETTINGS,
      up: true,
      carrier: true,
    })
  })

  it('sees that the cable is out', () => {
    writeFileSync(join(nic, 'carrier'), '0\n')
    expect(readLinkFacts(answering, sysfs, 'eth0')).toMatchObject({ up: true, carrier: false })
  })

  it('does not ask for the carrier of an interface that is down, which the kernel refuses', () => {
    writeFileSync(join(nic, 'flags'), '0x1002\n')
    rmSync(join(nic, 'carrier'))
    expect(readLinkFacts(answering, sysfs, 'eth0')).toMatchObject({ up: false, carrier: false })
  })

  it('has no driver and no settings where none are offered', () => {
    expect(readLinkFacts(failing('ENOTSUP'), sysfs, 'eth0')).toEqual({
      driver: undefined,
      settings: undefined,
      up: true,
      carrier: true,
    })
  })

  it('throws when the interface is gone, at each of its reads', () => {
    expect(() => readLinkFacts(failing('ENODEV'), sysfs, 'eth0')).toThrow(expect.objectContaining({ code: 'ENODEV' }))
    expect(() => readLinkFacts(answering, sysfs, 'eth1')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })
})
