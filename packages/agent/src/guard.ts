// Throws out what a driver made up. What is behind each rule is in ARCHITECTURE.md, "What is not believed".

/** Why a read was discarded. */
export type DiscardReason = 'all_zero'

/**
 * `undefined` when the values of a read can be believed.
 *
 * @param accepted the values of the last read that was believed; NaN where there is none
 */
export type Guard = (values: Float64Array, accepted: Float64Array) => DiscardReason | undefined

/** A guard for counters of these names, in this order. */
export type GuardFor = (names: readonly string[]) => Guard

/**
 * ENA ignores the return code of its admin command: when GET_STATS fails, all allowances read 0 (customer metrics path). A real
 * reset, which does set them to 0, moves one of the driver's own event counters. conntrack_allowance_available counts too:
 * only a failed command sets it to 0 together with counters that were above 0.
 */
export const guardEthtool: GuardFor = (names) => {
  const allowances = indexes(names, (name) => name.includes('_allowance_'))
  const resetEvents = indexes(names, (name) => RESET_EVENTS.has(name))
  const available = names.indexOf('conntrack_allowance_available')
  let distrusted = 0
  return (values, accepted) => {
    let wasAboveZero = false
    const isFirst = available >= 0 && Number.isNaN(accepted[available])
    for (const i of allowances) {
      if (values[i] !== 0) return undefined
      if (accepted[i]! > 0) wasAboveZero = true
    }
    for (const i of resetEvents) if (accepted[i]! < values[i]!) return undefined
    if (isFirst && distrusted++ < DISTRUSTED_FIRST_READS) return 'all_zero'
    return wasAboveZero ? 'all_zero' : undefined
  }
}

/**
 * A first read has nothing to compare with, but an instance that can open no connection at all is less likely than a command that
 * failed: so zeros are tried again. An ENI that has never carried anything may really say 0, so not for ever.
 */
const DISTRUSTED_FIRST_READS = 3

const RESET_EVENTS: ReadonlySet<string> = new Set([
  'total_resets',
  'reset_fail',
  'tx_timeout',
  'wd_expired',
  'interface_down',
  'suspend',
])

/**
 * While an ENA device resets, every file in `statistics` reads 0 although the interface is up. Old drivers then count from 0,
 * newer ones (2.16.0) go on where they were. So zeros are held back: the next read that isn't all zero tells which.
 */
export const guardStatistics: GuardFor = () => (values, accepted) => {
  let wasAboveZero = false
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > 0) return undefined
    if (accepted[i]! > 0) wasAboveZero = true
  }
  return wasAboveZero ? 'all_zero' : undefined
}

function indexes(names: readonly string[], isWanted: (name: string) => boolean): readonly number[] {
  return [...names.keys()].filter((i) => isWanted(names[i]!))
}
