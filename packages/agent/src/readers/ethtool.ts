// The driver's private statistics (ETHTOOL_GSTATS): the ENA allowances, ENA Express and what --statistics asks for.
import type { Ethtool, PreparedStatistics } from '@ena-otel/ethtool'

import { COUNTERS } from '../metrics/table.ts'
import type { Block, Reader } from './block.ts'

/** Names that are always read where the driver has them: the rows of the metrics table. */
const ALWAYS: ReadonlySet<string> = new Set(COUNTERS.filter(({ from }) => from === 'ethtool').map(({ key }) => key))

/**
 * Commands of the driver to its device that got no answer. Read for the guard, and reported only when they are asked for.
 * Source: ENA, ena_stats_ena_com_strings, all versions.
 */
export const ADMIN_FAILURES: ReadonlySet<string> = new Set([
  'ena_admin_q_aborted_cmd',
  'ena_admin_q_out_of_space',
  'ena_admin_q_no_completion',
])

/**
 * A reader of the driver's statistics: of the driver `ena` those in the metrics table, of any driver those that match `statistics`.
 *
 * With `statistics` it goes on looking where there are none yet: drivers add theirs with their queues.
 *
 * @returns `undefined` when the driver offers none of them, and none was asked for
 * @throws EthtoolError ENODEV when the interface is gone
 */
export function openEthtoolStatistics(
  ethtool: Ethtool,
  name: string,
  driver: string | undefined,
  statistics: RegExp | undefined,
): Reader | undefined {
  const isEna = driver === 'ena'
  const isWanted = (key: string): boolean => (isEna && ALWAYS.has(key)) || (statistics?.test(key) ?? false)
  const hidden = new Set(isEna ? [...ADMIN_FAILURES].filter((key) => !isWanted(key)) : [])
  const prepared = ethtool.prepare(name, (key) => isWanted(key) || hidden.has(key))
  if (prepared.names.every((key) => hidden.has(key)) && statistics === undefined) {
    prepared.close()
    return undefined
  }

  const block: Block = { from: 'ethtool', names: [], values: new Float64Array(0), hidden }
  let words = reshape(block, prepared)
  return {
    block,
    read: () => {
      const changed = prepared.read()
      if (changed) words = reshape(block, prepared)
      toNumbers(words, block.values)
      return changed ? 'changed' : 'read'
    },
    close: () => prepared.close(),
  }
}

function reshape(block: Block, { names, values }: PreparedStatistics): Uint32Array {
  block.names = distinct(names)
  block.values = new Float64Array(names.length)
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
}

/** Drivers may use a name twice: each keeps its counter, the later ones as `name#2`, `name#3`, … as in `Ethtool.statistics`. */
function distinct(names: readonly string[]): readonly string[] {
  const offered = new Set(names)
  if (offered.size === names.length) return names
  const given = new Set<string>()
  for (const name of names) {
    let key = name
    for (let number = 2; given.has(key) || (key !== name && offered.has(key)); number++) key = `${name}#${number}`
    given.add(key)
  }
  return [...given]
}

/**
 * The one place where a u64 becomes a number: exact to 2^53, beyond that rounded to the nearest double, which never makes a
 * rising counter fall. Read as two halves (both architectures are little-endian), because a bigint would be allocated.
 */
function toNumbers(words: Uint32Array, numbers: Float64Array): void {
  for (let i = 0; i < numbers.length; i++) numbers[i] = words[2 * i + 1]! * 2 ** 32 + words[2 * i]!
}
