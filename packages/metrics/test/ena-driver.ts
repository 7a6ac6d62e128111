// The ENA driver at the kernel's edge, for what no machine here can show: an `Ethtool` whose statistics a test sets.
// Its names are those of ENA 2.17.0 (amzn-drivers, ena_ethtool.c); the real ioctl is tested in packages/ethtool and in test/.
import type { Ethtool, PreparedStatistics } from '@ena-otel/ethtool'

export const ENA_NAMES = [
  'total_resets',
  'reset_fail',
  'tx_timeout',
  'interface_down',
  'interface_up',
  'bw_in_allowance_exceeded',
  'bw_out_allowance_exceeded',
  'pps_allowance_exceeded',
  'conntrack_allowance_exceeded',
  'linklocal_allowance_exceeded',
  'conntrack_allowance_available',
  'ena_srd_mode',
  'queue_0_tx_cnt',
  'ena_admin_q_aborted_cmd',
  'ena_admin_q_no_completion',
] as const

export interface EnaDriver {
  readonly ethtool: Ethtool
  /** Statistics by interface name; an interface that isn't in it doesn't exist (ENODEV). */
  readonly interfaces: Map<string, Map<string, bigint>>
}

export function createEnaDriver(): EnaDriver {
  const interfaces = new Map<string, Map<string, bigint>>()

  const find = (name: string, command: string): Map<string, bigint> => {
    const statistics = interfaces.get(name)
    if (statistics) return statistics
    throw Object.assign(new Error(`${command} ${name}: no such device (ENODEV)`), { code: 'ENODEV', interface: name })
  }
  const prepare = (name: string, filter: (key: string) => boolean = () => true): PreparedStatistics => {
    const namesNow = (): string[] => [...find(name, 'ETHTOOL_GSTRINGS').keys()].filter(filter)
    let names = namesNow()
    let values = new BigUint64Array(names.length)
    const close = (): void => undefined
    return {
      get names() {
        return names
      },
      get values() {
        return values
      },
      read: () => {
        const statistics = find(name, 'ETHTOOL_GSTATS')
        const changed = namesNow().join() !== names.join()
        if (changed) {
          names = namesNow()
          values = new BigUint64Array(names.length)
        }
        for (const [i, key] of names.entries()) values[i] = statistics.get(key)!
        return changed
      },
      close,
      [Symbol.dispose]: close,
    }
  }
  return { interfaces, ethtool: { prepare } as unknown as Ethtool }
}

/** Statistics of an ENA interface, all zero but for those given. */
export function enaStatistics(
  values: Readonly<Partial<Record<(typeof ENA_NAMES)[number], number>>> = {},
): Map<string, bigint> {
  return new Map(ENA_NAMES.map((name) => [name, BigInt(values[name] ?? 0)]))
}
