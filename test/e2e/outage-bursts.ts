// Bursts at known times, and what a store makes of them: each has to be there at its own time, once.
import type { Sample } from './prometheus-api.ts'

export interface Burst {
  readonly count: number
  /** Milliseconds since the epoch: before its first, and after its last. */
  readonly fromMs: number
  readonly toMs: number
}

export interface StoredBursts {
  /** Bursts whose rise, as stored, is between the sample before it and one read no more than `toleranceMs` after it. */
  readonly inTime: number
  /** The others, in words. */
  readonly wrong: readonly string[]
  /** From a burst's end to the sample that shows all of it: the longest of those in time. */
  readonly latestMs: number
}

/** @param samples of the counter that rose, from before the first burst to after the last; nothing else made it rise */
export function storedBursts(samples: readonly Sample[], bursts: readonly Burst[], toleranceMs: number): StoredBursts {
  const wrong: string[] = []
  let latestMs = 0
  for (const { count, fromMs, toMs } of bursts) {
    const before = samples.findLast(({ timeMs }) => timeMs < fromMs)
    const after = samples.find(({ timeMs }) => timeMs >= toMs)
    const at = new Date(fromMs).toISOString()
    if (before === undefined || after === undefined) wrong.push(`${count} at ${at}: no sample on both sides`)
    else if (after.value - before.value !== count)
      wrong.push(`${count} at ${at}: the store has ${after.value - before.value}`)
    else if (after.timeMs - toMs > toleranceMs)
      wrong.push(`${count} at ${at}: the store has them ${after.timeMs - toMs} ms later`)
    else latestMs = Math.max(latestMs, after.timeMs - toMs)
  }
  return { inTime: bursts.length - wrong.length, wrong, latestMs }
}
