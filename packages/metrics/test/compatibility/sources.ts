// Two nodes: an EC2 instance with one ENA interface, and the machine on which the other exporters were run.
import type { NetworkInterface } from '../../src/interfaces/interface.ts'
import type { LinkFacts } from '../../src/interfaces/link-facts.ts'
import type { CompatibilitySource } from '../../src/compatibility/compatibility.ts'
import { trackedFixture } from './readings.ts'

export const ENA: NetworkInterface = {
  name: 'eth0',
  index: 2,
  mac: '02:00:00:00:00:05',
  bus: '0000:00:05.0',
  driver: 'ena',
}

export const ENA_LINK: LinkFacts = {
  driver: {
    driver: 'ena',
    version: '2.12.0g',
    firmwareVersion: undefined,
    busInfo: '0000:00:05.0',
    expansionRomVersion: undefined,
  },
  settings: { speed: 25_000, duplex: 'full', autonegotiation: false, port: 'twisted-pair' },
  up: true,
  carrier: true,
}

export const INSTANCE = { name: 'ip-10-0-1-23', instanceId: 'i-0123456789abcdef0' }

export function enaInstance(): CompatibilitySource {
  const counters = (['ethtool', 'statistics'] as const).flatMap((from) => trackedFixture('ena-2.12.txt', from))
  return {
    interfaces: [{ interface: ENA, counters, link: ENA_LINK }],
    conntrack: trackedFixture('ena-2.12.txt', 'conntrack'),
    host: INSTANCE,
  }
}

/** What was being read while captured/*.txt were scraped; the link as `ethtool -i` and `ethtool` described it. */
export function capturedMachine(): CompatibilitySource {
  const counters = (['ethtool', 'statistics'] as const).flatMap((from) => trackedFixture('captured/input.txt', from))
  const nic = { name: 'eth0', index: 4, mac: '02:fc:00:00:00:01', bus: 'virtio0', driver: 'virtio_net' }
  const link: LinkFacts = {
    driver: {
      driver: 'virtio_net',
      version: '1.0.0',
      firmwareVersion: undefined,
      busInfo: '0000:00:03.0',
      expansionRomVersion: undefined,
    },
    settings: { speed: undefined, duplex: undefined, autonegotiation: false, port: 'other' },
    up: true,
    carrier: true,
  }
  return {
    interfaces: [{ interface: nic, counters, link }],
    conntrack: trackedFixture('captured/input.txt', 'conntrack'),
    host: { name: 'vm' },
  }
}
