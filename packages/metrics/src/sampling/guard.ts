// Throws out what a driver made up. What is behind each rule is in ARCHITECTURE.md, "What is not believed".
import { sampledOf, trafficOf } from '../readers/statistics.ts'
import { isAllowanceCounter } from './reset.ts'

/** Why a read was discarded; `unanswered` is told by the reader (`Reader.isUnanswered`). */
export type DiscardReason = 'all_zero' | 'absurd' | 'unanswered'

/**
 * `undefined` when the values of a read can be believed.
 *
 * @param accepted the values of the last read that was believed; NaN where there is none
 * @param elapsedMs since that read; NaN before the first
 */
export type Guard = (values: Float64Array, accepted: Float64Array, elapsedMs: number) => DiscardReason | undefined

/**
 * A guard for counters of these names, in this order.
 *
 * @param linkBits what its link carries at most, bits a second; `undefined` where nothing physical limits it (a veth)
 */
export type GuardFor = (names: readonly string[], linkBits?: number) => Guard

/**
 * What the link of an interface with a device carries at most, bits a second: what it tells, but no less than 100 Gbit/s, because some
 * tell a number of no meaning (vmxnet3, always 10 Gbit/s). ENA tells none, and instances carry more than 100 Gbit/s: 1 Tbit/s then. What is
 * true must not be thrown out.
 *
 * @param toldMbits Mbit/s; `undefined` when it isn't known
 */
export function mostBits(toldMbits: number | undefined): number {
  return toldMbits === undefined ? UNTOLD_BITS : Math.max(toldMbits * 1e6, 1e11)
}

const UNTOLD_BITS = 1e12

/** ENA ignores the return code of its admin command. What it makes up when GET_STATS fails depends on its version. */
export const guardEthtool: GuardFor = (names) => {
  const isAllZero = allZero(names)
  const resetEvents = indexes(names, (name) => RESET_EVENTS.has(name))
  const allowances = indexes(names, isAllowanceCounter)
  // Zeros have been judged already.
  const isAbsurd = absurd(
    allowances,
    (values, accepted) => allowances.every((i) => values[i] === 0) || rose(resetEvents, values, accepted),
  )
  // ENA Express is a command of its own, and its counters go on through a reset (EC2 User Guide, "Monitor ENA Express performance").
  const isAbsurdExpress = absurd(
    indexes(names, (name) => EXPRESS_COUNTER.test(name)),
    () => false,
  )
  return (values, accepted, elapsedMs) => {
    if (isAllZero(values, accepted)) return 'all_zero'
    const isMadeUp = isAbsurd(values, accepted, elapsedMs) || isAbsurdExpress(values, accepted, elapsedMs)
    return isMadeUp ? 'absurd' : undefined
  }
}

const EXPRESS_COUNTER = /^ena_srd_.*_pkts$/

/**
 * All allowances read 0 (customer metrics path). A real reset, which does set them to 0, moves one of the driver's own event
 * counters. conntrack_allowance_available counts too: only a failed command sets it to 0 together with counters that were above 0.
 */
function allZero(names: readonly string[]): (values: Float64Array, accepted: Float64Array) => boolean {
  const allowances = indexes(names, (name) => name.includes('_allowance_'))
  const resetEvents = indexes(names, (name) => RESET_EVENTS.has(name))
  const outages = indexes(names, (name) => OUTAGES.has(name))
  const available = names.indexOf('conntrack_allowance_available')
  let distrusted = 0
  return (values, accepted) => {
    let wasAboveZero = false
    const isFirst = available >= 0 && Number.isNaN(accepted[available])
    for (const i of allowances) {
      if (values[i] !== 0) {
        distrusted = 0
        return false
      }
      if (accepted[i]! > 0) wasAboveZero = true
    }
    // A reset leaves the connections that can be opened, so where these are gone, too, it may be the command that failed.
    if (rose(resetEvents, values, accepted)) return accepted[available]! > 0 && distrusted++ < DISTRUSTED_READS
    if (isFirst || (wasAboveZero && rose(outages, values, accepted))) return distrusted++ < DISTRUSTED_READS
    return wasAboveZero
  }
}

/**
 * What lay on the stack is read as counters (out-of-tree 2.13.2 to 2.15.0), or zeros (2.16.0 and newer). Discarded is a rise by more
 * packets than the link carries in the time since, and a fall that nothing explains. Such a fall that lasts is a reset that this
 * driver doesn't count: it is believed after some reads. A rise needs no such way out, as the time since grows.
 */
function absurd(
  counters: readonly number[],
  isExplained: (values: Float64Array, accepted: Float64Array) => boolean,
): (values: Float64Array, accepted: Float64Array, elapsedMs: number) => boolean {
  const packetsPerMs = UNTOLD_BITS / 1000 / SMALLEST_FRAME_BITS
  let falls = 0
  return (values, accepted, elapsedMs) => {
    // Before the first read there is no time to go by: beyond 2^53 it would take the fastest link two years.
    const most = Number.isNaN(elapsedMs) ? Number.MAX_SAFE_INTEGER : packetsPerMs * Math.max(elapsedMs, LEAST_MS)
    let fell = false
    for (const i of counters) {
      const before = accepted[i]!
      if (values[i]! < before) fell = true
      if (risen(values[i]!, before) > most) return true
    }
    if (!fell || isExplained(values, accepted)) {
      falls = 0
      return false
    }
    return ++falls <= DISTRUSTED_READS
  }
}

/** 64 bytes and 20 of preamble and gap. */
const SMALLEST_FRAME_BITS = 84 * 8
/** Reads that follow each other closely are not held to milliseconds: what the device counted it may tell late. */
const LEAST_MS = 1_000

/**
 * A first read has nothing to compare with, but an instance that can open no connection at all is less likely than a command that
 * failed: so zeros are tried again. An ENI that has never carried anything may really say 0, so not for ever.
 */
const DISTRUSTED_READS = 3

const RESET_EVENTS: ReadonlySet<string> = new Set(['total_resets', 'reset_fail', 'tx_timeout', 'wd_expired'])
/** May come with a reset of the device that nothing else tells, and come without one: zeros that last are believed then. */
const OUTAGES: ReadonlySet<string> = new Set(['interface_down', 'suspend'])

/**
 * While an ENA device resets, all that it counts reads 0 in `statistics` although the interface is up. Old drivers then count from 0,
 * newer ones (2.16.0) go on where they were. So zeros are held back: the next read with traffic tells which. Files are read one after
 * the other, so the end of a reset may lie between two of them: one that fell, while the traffic goes on, is held back for some reads.
 *
 * And no link carries more than it can, whatever its driver says. As the time since grows, what is true is believed in the end.
 */
export const guardStatistics: GuardFor = (names, linkBits = Infinity) => {
  const traffic = trafficOf(names)
  const sampled = sampledOf(names)
  const mostPerMs = traffic.map((i) => linkBits / 1000 / (names[i]!.endsWith('_bytes') ? 8 : SMALLEST_FRAME_BITS))
  let distrusted = 0
  return (values, accepted, elapsedMs) => {
    const ms = Math.max(elapsedMs, LEAST_MS)
    let isZero = true
    let beganAnew = false
    for (let at = 0; at < traffic.length; at++) {
      const i = traffic[at]!
      if (values[i]! > 0) isZero = false
      if (values[i]! > 0 && values[i]! < accepted[i]!) beganAnew = true
      if (risen(values[i]!, accepted[i]!) > mostPerMs[at]! * ms) return 'absurd'
    }
    if (isZero) return fell(values.keys(), values, accepted) ? 'all_zero' : undefined
    if (!beganAnew && fell(sampled, values, accepted)) return distrusted++ < DISTRUSTED_READS ? 'all_zero' : undefined
    distrusted = 0
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

function indexes(names: readonly string[], isWanted: (name: string) => boolean): readonly number[] {
  return [...names.keys()].filter((i) => isWanted(names[i]!))
}
