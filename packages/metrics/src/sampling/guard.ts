// Discards reads that the driver made up. ARCHITECTURE.md explains each rule.
import { positions } from '../readers/block.ts'
import { SAMPLED, TRAFFIC } from '../readers/statistics.ts'
import { isAllowanceCounter } from './reset.ts'

/** Why a read was discarded; `unanswered` comes from the reader (`Reader.isUnanswered`). */
export type DiscardReason = 'all_zero' | 'implausible' | 'unanswered'

/**
 * `undefined` when the values of a read are accepted.
 *
 * @param accepted the values of the last read that was accepted; NaN where there is none
 * @param elapsedMs since that read; `undefined` before the first
 */
export type Guard = (
  values: Float64Array,
  accepted: Float64Array,
  elapsedMs: number | undefined,
) => DiscardReason | undefined

/**
 * A guard for counters of these names, in this order.
 *
 * @param linkBits what its link carries at most, bits a second; `undefined` where nothing physical limits it (a veth)
 */
export type GuardFor = (names: readonly string[], linkBits?: number) => Guard

/**
 * What the link of an interface with a device carries at most, bits a second: the speed it reports, but no less than 100 Gbit/s, because
 * some drivers report a meaningless number (vmxnet3: always 10 Gbit/s). ENA reports none and instances carry more than 100 Gbit/s, so the
 * limit is 1 Tbit/s then. A true value must never be discarded.
 *
 * @param speedMbits Mbit/s; `undefined` when it is unknown
 */
export function maxLinkBits(speedMbits: number | undefined): number {
  return speedMbits === undefined ? UNKNOWN_LINK_BITS : Math.max(speedMbits * 1e6, 1e11)
}

const UNKNOWN_LINK_BITS = 1e12

/** ENA ignores the return code of its admin command. What it makes up when GET_STATS fails depends on its version. */
export const guardEthtool: GuardFor = (names) => {
  const isAllZero = allZero(names)
  const resetEvents = positions(names, (name) => RESET_EVENTS.has(name))
  const allowances = positions(names, isAllowanceCounter)
  // Zeros have been checked already.
  const isImplausible = implausible(
    allowances,
    (values, accepted) => allowances.every((i) => values[i] === 0) || rose(resetEvents, values, accepted),
  )
  // ENA Express is a command of its own, and its counters go on through a reset (EC2 User Guide, "Monitor ENA Express performance").
  const isExpressImplausible = implausible(
    positions(names, (name) => EXPRESS_COUNTER.test(name)),
    () => false,
  )
  return (values, accepted, elapsedMs) => {
    if (isAllZero(values, accepted)) return 'all_zero'
    const isMadeUp = isImplausible(values, accepted, elapsedMs) || isExpressImplausible(values, accepted, elapsedMs)
    return isMadeUp ? 'implausible' : undefined
  }
}

const EXPRESS_COUNTER = /^ena_srd_.*_pkts$/

/**
 * All allowances read 0 (customer metrics path). A real reset, which does set them to 0, moves one of the driver's own event
 * counters. conntrack_allowance_available counts too: only a failed command sets it to 0 together with counters that were above 0.
 */
function allZero(names: readonly string[]): (values: Float64Array, accepted: Float64Array) => boolean {
  const allowances = positions(names, (name) => name.includes('_allowance_'))
  const resetEvents = positions(names, (name) => RESET_EVENTS.has(name))
  const interruptions = positions(names, (name) => INTERRUPTIONS.has(name))
  const available = names.indexOf('conntrack_allowance_available')
  let unconfirmed = 0
  return (values, accepted) => {
    let wasAboveZero = false
    const isFirst = available >= 0 && Number.isNaN(accepted[available])
    for (const i of allowances) {
      if (values[i] !== 0) {
        unconfirmed = 0
        return false
      }
      if (accepted[i]! > 0) wasAboveZero = true
    }
    // A reset does not change how many connections can be opened. Where that is 0 as well, the command may have failed.
    if (rose(resetEvents, values, accepted)) return accepted[available]! > 0 && unconfirmed++ < MAX_UNCONFIRMED_READS
    if (isFirst || (wasAboveZero && rose(interruptions, values, accepted))) return unconfirmed++ < MAX_UNCONFIRMED_READS
    return wasAboveZero
  }
}

/**
 * Uninitialised memory is read as counters (out-of-tree 2.13.2 to 2.15.0), or zeros (2.16.0 and newer). A rise by more packets than the link
 * carries in the elapsed time is discarded, and so is a fall that nothing explains. A fall that lasts is a reset that this driver does not
 * count: it is accepted after some reads. A rise needs no such rule, because the elapsed time grows.
 */
function implausible(
  counters: readonly number[],
  isExplained: (values: Float64Array, accepted: Float64Array) => boolean,
): (values: Float64Array, accepted: Float64Array, elapsedMs: number | undefined) => boolean {
  const packetsPerMs = UNKNOWN_LINK_BITS / 1000 / SMALLEST_FRAME_BITS
  let falls = 0
  return (values, accepted, elapsedMs) => {
    // Before the first read there is no elapsed time. The fastest link would take two years to exceed 2^53.
    const maxRise =
      elapsedMs === undefined ? Number.MAX_SAFE_INTEGER : packetsPerMs * Math.max(elapsedMs, MIN_ELAPSED_MS)
    let fell = false
    for (const i of counters) {
      const before = accepted[i]!
      if (values[i]! < before) fell = true
      if (risen(values[i]!, before) > maxRise) return true
    }
    if (!fell || isExplained(values, accepted)) {
      falls = 0
      return false
    }
    return ++falls <= MAX_UNCONFIRMED_READS
  }
}

/** 64 bytes and 20 of preamble and gap. */
const SMALLEST_FRAME_BITS = 84 * 8
/** The limit is never less than what a second allows: a device may update its counters late. */
const MIN_ELAPSED_MS = 1_000

/**
 * A first read has nothing to compare with, but a command that failed is more likely than an instance that can open no connection. So zeros
 * are read again, but not forever: an ENI without traffic may really report 0.
 */
const MAX_UNCONFIRMED_READS = 3

const RESET_EVENTS: ReadonlySet<string> = new Set(['total_resets', 'reset_fail', 'tx_timeout', 'wd_expired'])
/** May or may not come with a reset of the device that nothing else shows: zeros that last are accepted then. */
const INTERRUPTIONS: ReadonlySet<string> = new Set(['interface_down', 'suspend'])

/**
 * While an ENA device resets, its counters read 0 in `statistics` although the interface is up. Old drivers then count from 0, newer ones
 * (2.16.0) continue where they were. So zeros are held back until the next read with traffic. Files are read one after the other, so a
 * reset may end between two of them: a counter that fell while traffic continues is held back for some reads.
 *
 * A rise by more than the link carries is discarded as well. A true value is accepted in the end, because the elapsed time grows.
 */
export const guardStatistics: GuardFor = (names, linkBits = Infinity) => {
  const traffic = positions(names, (name) => TRAFFIC.has(name))
  const sampled = positions(names, (name) => SAMPLED.has(name))
  const maxPerMs = traffic.map((i) => linkBits / 1000 / (names[i]!.endsWith('_bytes') ? 8 : SMALLEST_FRAME_BITS))
  let unconfirmed = 0
  return (values, accepted, elapsedMs) => {
    const ms = elapsedMs === undefined ? Infinity : Math.max(elapsedMs, MIN_ELAPSED_MS)
    let isZero = true
    let wasReset = false
    for (let at = 0; at < traffic.length; at++) {
      const i = traffic[at]!
      if (values[i]! > 0) isZero = false
      if (values[i]! > 0 && values[i]! < accepted[i]!) wasReset = true
      if (risen(values[i]!, accepted[i]!) > maxPerMs[at]! * ms) return 'implausible'
    }
    if (isZero) return fell(values.keys(), values, accepted) ? 'all_zero' : undefined
    if (!wasReset && fell(sampled, values, accepted))
      return unconfirmed++ < MAX_UNCONFIRMED_READS ? 'all_zero' : undefined
    unconfirmed = 0
    return undefined
  }
}

function fell(counters: Iterable<number>, values: Float64Array, before: Float64Array): boolean {
  for (const i of counters) if (values[i]! < before[i]!) return true
  return false
}

/** Where it fell, or has no value before, all of it was counted since. */
function risen(value: number, before: number): number {
  return value >= before ? value - before : value
}

function rose(counters: readonly number[], values: Float64Array, before: Float64Array): boolean {
  for (const i of counters) if (before[i]! < values[i]!) return true
  return false
}
