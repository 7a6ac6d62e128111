// ETHTOOL_GSTATS: a driver's private counters. Truth: `struct ethtool_stats` in linux/ethtool.h.
//
//   offset size field
//        0    4 cmd
//        4    4 n_stats
//        8      data: n_stats × 8 bytes, u64 in the host's byte order
//
// This file works on 32-bit words, because that is how `read()` can copy without creating a BigInt per value, and on
// signed ones, because an Int32Array's elements are always small integers in V8 (a large Uint32 is a heap number).
import { COMMANDS } from './uapi.ts'

const HEADER_WORDS = 2
const CMD_WORD = 0
const N_STATS_WORD = 1
const WORDS_PER_VALUE = 2

/** Returns how many bytes a request for `count` values takes. */
export function statisticsSize(count: number): number {
  return 4 * (HEADER_WORDS + WORDS_PER_VALUE * count)
}

/** Makes `words` a request for `count` values; the kernel replaces it by the reply. */
export function encodeStatistics(words: Int32Array, count: number): void {
  words[CMD_WORD] = COMMANDS.ETHTOOL_GSTATS
  words[N_STATS_WORD] = count
}

/** Returns how many values a reply says it has. */
export function statisticsCount(words: Int32Array): number {
  return words[N_STATS_WORD] ?? 0
}

/**
 * Copies the values at the positions `selected` into `target`, two words each, and returns true; returns false and
 * leaves `target` alone when the reply has another number of values than `count`.
 * @throws RangeError when the reply is shorter than it says or a position lies outside it.
 */
export function decodeStatistics(words: Int32Array, count: number, selected: Int32Array, target: Int32Array): boolean {
  if (words.length < HEADER_WORDS) throw new RangeError(`struct ethtool_stats: needs 8 bytes, got ${words.byteLength}`)
  if (words[N_STATS_WORD] !== count) return false
  if (words.byteLength < statisticsSize(count)) {
    throw new RangeError(
      `struct ethtool_stats of ${count}: needs ${statisticsSize(count)} bytes, got ${words.byteLength}`,
    )
  }
  for (let index = 0; index < selected.length; index++) {
    const position = selected[index] ?? -1
    if (position < 0 || position >= count) throw new RangeError(`statistic ${position} of ${count}`)
    const from = HEADER_WORDS + WORDS_PER_VALUE * position
    target[WORDS_PER_VALUE * index] = words[from] ?? 0
    target[WORDS_PER_VALUE * index + 1] = words[from + 1] ?? 0
  }
  return true
}

/**
 * Returns the names, each once. A name that comes again, as it does in some drivers, becomes `name#2`, `name#3`, …: the first
 * number that no other statistic of the driver has.
 */
export function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set(names)
  if (taken.size === names.length) return names
  const given = new Set<string>()
  for (const name of names) {
    let key = name
    for (let number = 2; given.has(key) || (key !== name && taken.has(key)); number++) key = `${name}#${number}`
    given.add(key)
  }
  return [...given]
}

/** Returns names → values in the kernel's order, with `distinctNames`. */
export function statisticsMap(names: readonly string[], values: BigUint64Array): ReadonlyMap<string, bigint> {
  return new Map(distinctNames(names).map((name, index) => [name, values[index] ?? 0n]))
}
