// The driver's private statistics (ETHTOOL_GSTATS): the ENA allowances, ENA Express and what --statistics asks for.
import { distinctNames, type Ethtool, type PreparedStatistics } from '@ena-otel/ethtool'

import { COUNTERS } from '../table.ts'
import { positions, type ReadBuffer, type Reader } from './block.ts'

/** Names that are always read where the driver has them: the rows of the metrics table. */
const ALWAYS: ReadonlySet<string> = new Set(COUNTERS.filter(({ from }) => from === 'ethtool').map(({ key }) => key))

/**
 * Commands of the driver to its device that got no answer. Source: ENA, ena_stats_ena_com_strings, all versions. When GET_STATS is one of
 * them, the driver returns its previous values (Linux' own, and out-of-tree up to 2.13.1), zeros, or anything. If a repeat was accepted,
 * what is counted meanwhile would become the peak of the next second. A command that the device refuses is counted nowhere.
 */
const ADMIN_FAILURES: ReadonlySet<string> = new Set([
  'ena_admin_q_aborted_cmd',
  'ena_admin_q_out_of_space',
  'ena_admin_q_no_completion',
])

/**
 * A reader of the driver's statistics: of the driver `ena` those in the metrics table, of any driver those that match `statistics`.
 *
 * With `statistics` the reader stays open where there are none yet: drivers add theirs with their queues.
 *
 * @returns `undefined` when the driver offers none of them, and none was asked for
 * @throws EthtoolError ENODEV when the interface is gone
 */
export function openEthtoolStatistics(
  ethtool: Ethtool,
  name: string,
  driver: string | undefined,
  statistics: Pick<RegExp, 'test'> | undefined,
): Reader | undefined {
  const isEna = driver === 'ena'
  const isWanted = (key: string): boolean => (isEna && ALWAYS.has(key)) || (statistics?.test(key) ?? false)
  const prepared = ethtool.prepare(name, (key) => isWanted(key) || (isEna && ADMIN_FAILURES.has(key)))
  if (!prepared.names.some(isWanted) && statistics === undefined) {
    prepared.close()
    return undefined
  }

  const block: ReadBuffer = { from: 'ethtool', names: [], values: new Float64Array(0) }
  let places = reshape(block, prepared, isWanted)
  let failures: number | undefined
  let isUnanswered = false
  const read = (): 'read' | 'changed' => {
    const changed = prepared.read()
    if (changed) places = reshape(block, prepared, isWanted)
    const { words, shown } = places
    for (let i = 0; i < shown.length; i++) block.values[i] = toNumber(words, shown[i]!)
    let now = 0
    for (const i of places.failures) now += toNumber(words, i)
    isUnanswered = failures !== undefined && now > failures
    failures = now
    return changed ? 'changed' : 'read'
  }
  try {
    if (places.failures.length > 0) read() // how many had failed before the first read that may be accepted
  } catch (error) {
    prepared.close()
    throw error
  }
  return { block, read, isUnanswered: () => isUnanswered, close: () => prepared.close() }
}

/** Where in the words of the kernel the statistics of the block are, and the failures: two words each. */
interface Places {
  readonly words: Uint32Array
  readonly shown: readonly number[]
  readonly failures: readonly number[]
}

function reshape(block: ReadBuffer, { names, values }: PreparedStatistics, isWanted: (key: string) => boolean): Places {
  const shown = positions(names, isWanted)
  block.names = distinctNames(shown.map((i) => names[i]!))
  block.values = new Float64Array(shown.length)
  return {
    words: new Uint32Array(values.buffer, values.byteOffset, values.length * 2),
    shown,
    failures: positions(names, (name) => ADMIN_FAILURES.has(name)),
  }
}

/**
 * The one place where a u64 becomes a number: exact to 2^53, beyond that rounded to the nearest double, which never makes a
 * rising counter fall. Read as two halves (both architectures are little-endian), because a bigint would be allocated.
 */
function toNumber(words: Uint32Array, i: number): number {
  return words[2 * i + 1]! * 2 ** 32 + words[2 * i]!
}
