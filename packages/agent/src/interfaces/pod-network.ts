// A pod without hostNetwork sees its own end of a veth pair and none of the node's interfaces: it could only report nothing.
import type { Ethtool } from '@ena-otel/ethtool'

import type { NetworkInterface } from './interface.ts'

/**
 * What is wrong when no interface is read, in one line that says what to do; `undefined` when `selected` isn't empty.
 *
 * @param all every interface of the network namespace
 */
export function whyNothingIsRead(
  selected: number,
  all: readonly NetworkInterface[],
  ethtool: Pick<Ethtool, 'driverInfo'>,
): string | undefined {
  if (selected > 0) return undefined
  if (all.length === 0)
    return 'there is no network interface, not even lo: name the folder where sysfs is mounted with --sysfs'
  const others = all.filter(({ name }) => name !== 'lo')
  const names = others.map(({ name }) => name).join(', ')
  if (others.length === 0) return 'there is no network interface but lo: set hostNetwork: true on the pod'
  if (others.some(({ bus }) => bus !== undefined))
    return `none of the interfaces is to be read (${names}): check --include, --exclude and --driver`
  if (others.some(({ name }) => isVeth(name, ethtool)))
    return `only a pod's own network is in sight (${names}: veth), not the node's: set hostNetwork: true on the pod`
  return `no interface has a device behind it (${names}): name those to read with --include`
}

function isVeth(name: string, ethtool: Pick<Ethtool, 'driverInfo'>): boolean {
  try {
    return ethtool.driverInfo(name)?.driver === 'veth'
  } catch {
    return false // gone, or without ethtool: no veth in either case
  }
}
