// The names of Showmax/prometheus-ethtool-exporter. Source: ethtool-exporter.py, commit 0b574c2 (the last, archived):
// update_ethtool_stats, update_basic_info, _decode_speed_value; and, for the texts it copies, ethtool(8) 6.1, netlink/settings.c.
import type { LinkSettings, Port } from '@ena-otel/ethtool'

import type { LinkFacts } from '../interfaces/link-facts.ts'
import { type Exporter, gauge } from './exporter.ts'

/**
 * `node_net_ethtool{device,type}` for every ethtool statistic that was read, and `node_net_ethtool_info`.
 *
 * Left out: `node_net_ethtool_xcvr_*`, which describe optical modules; no EC2 instance has one.
 */
export const SHOWMAX: Exporter = {
  title: 'prometheus-ethtool-exporter (Showmax)',
  source: 'Showmax/prometheus-ethtool-exporter ethtool-exporter.py 0b574c2',
  interface: ({ name: device, ethtool, link, time }) => {
    const points = Array.from(ethtool, ([type, series]) => gauge('node_net_ethtool', { device, type }, series))
    if (link) points.push(gauge('node_net_ethtool_info', { device, ...info(link) }, { value: 1, time }))
    return points
  },
}

// Kernel's PORT_* → what ethtool(8) prints. The exporter leaves the label out for None and Other.
const PORTS: Readonly<Record<Port, string | undefined>> = {
  'twisted-pair': 'Twisted Pair',
  aui: 'AUI',
  mii: 'MII',
  fibre: 'FIBRE',
  bnc: 'BNC',
  'direct-attach': 'Direct Attach Copper',
  none: undefined,
  other: undefined,
}

const DUPLEXES = { half: 'Half', full: 'Full', unknown: 'Unknown! (255)' }

function info({ settings, carrier }: LinkFacts): Record<string, string> {
  const port = settings?.port && PORTS[settings.port]
  return {
    ...(settings && { speed: bitsPerSecond(settings), duplex: DUPLEXES[settings.duplex ?? 'unknown'] }),
    ...(port !== undefined && { port }),
    link_detected: carrier ? 'yes' : 'no',
  }
}

/** As Python prints a float: 25 Gbit/s is `25000000000.0`. Unknown is `0`. */
function bitsPerSecond({ speed }: LinkSettings): string {
  return speed === undefined ? '0' : `${speed * 1_000_000}.0`
}
