// A pod without hostNetwork sees its own end of a veth pair and none of the node's interfaces: it could only report nothing.
import type { Ethtool } from '@ena-otel/ethtool'

import type { NetworkInterface } from './interface.ts'

/**
 * What is wrong when no interface is read, in one line that says what to do; `undefined` when `selected` isn't empty. The line stays
 * the same while the same is wrong: it names no interface that comes and goes with a pod.
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
  if (others.length === 0) return 'there is no network interface but lo: set hostNetwork: true on the pod'
  const devices = others.filter(({ bus }) => bus !== undefined)
  if (devices.length > 0)
    return `none of the interfaces is to be read${listed(devices)}: check --include, --exclude and --driver`
  if (others.some(({ name }) => isVeth(name, ethtool)))
    return `only a pod's own network is visible${listed(others, ': veth')}, not the node's: set hostNetwork: true on the pod`
  return `no interface has a device behind it${listed(others)}: name those to read with --include`
}

/** The node's ends of pods' networks: what the AWS VPC CNI (eni), Calico (cali), Cilium (lxc) and the bridge plugin (veth) call them. */
const OF_A_POD = /^(veth|eni|cali|lxc)/
const MAX_NAMES = 4

/** ` (a, b, c, d and 2 more)`, '' when all are pods'. */
function listed(interfaces: readonly NetworkInterface[], what = ''): string {
  const names = interfaces.map(({ name }) => name).filter((name) => !OF_A_POD.test(name))
  if (names.length === 0) return ''
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''
  return ` (${names.toSorted().slice(0, MAX_NAMES).join(', ')}${more}${what})`
}

function isVeth(name: string, ethtool: Pick<Ethtool, 'driverInfo'>): boolean {
  try {
    return ethtool.driverInfo(name)?.driver === 'veth'
  } catch {
    return false // gone, or without ethtool: no veth in either case
  }
}
