// Bursts at known times, compared with the store: each has to be there at its own time, once.
import type { PrometheusApi, Sample } from '../setup/prometheus-api.ts'

export interface Burst {
  readonly count: number
  /** Milliseconds since the epoch: before its first, and after its last. */
  readonly fromMs: number
  readonly toMs: number
}

export interface StoredBursts {
  /** Bursts whose rise, as stored, is between the sample before it and one read no more than the tolerance after it. */
  readonly inTime: number
  /** The others, in words. */
  readonly wrong: readonly string[]
  /** From a burst's end to the sample that shows all of it: the longest of those in time. */
  readonly latestMs: number
}

/**
 * How long after a burst it has to have been read: the agent's interval, and one more. On a machine with much to do the agent reads less
 * often, and says how seldom at most.
 *
 * @param labels of the agent: `k8s_node_name="a"`
 */
export async function toleranceMs(store: PrometheusApi, labels: string): Promise<number> {
  const [series] = await store.samples(`ena_otel_sample_interval_seconds{${labels}}`)
  return 2_000 * Math.max(1, ...(series?.samples.map(({ value }) => value) ?? []))
}

/**
 * Bursts between the same two reads are one rise.
 *
 * @param samples of the counter that rose, from before the first burst to after the last; nothing else made it rise
 */
export function storedBursts(samples: readonly Sample[], bursts: readonly Burst[], tolerance: number): StoredBursts {
  const wrong: string[] = []
  let latestMs = 0
  for (const { count, fromMs, toMs } of bursts) {
    const before = samples.findLast(({ timeMs }) => timeMs < fromMs)
    // A burst may be read whole before its end was noted, and have no later sample yet.
    const after = samples.find(({ timeMs }) => timeMs >= toMs) ?? samples.findLast(({ timeMs }) => timeMs >= fromMs)
    const at = new Date(fromMs).toISOString()
    if (before === undefined || after === undefined) {
      wrong.push(`${count} at ${at}: no sample on both sides`)
      continue
    }
    const together = bursts.filter((one) => one.fromMs > before.timeMs && one.toMs <= Math.max(after.timeMs, toMs))
    const expected = together.reduce((sum, one) => sum + one.count, 0)
    // The counter is quiet: read between the last packet and `toMs`, it has no other sample until the next whole export.
    const whole = samples.find(({ timeMs, value }) => timeMs > before.timeMs && value === after.value)!
    const late = Math.max(0, whole.timeMs - toMs)
    if (after.value - before.value !== expected)
      wrong.push(`${count} at ${at}: the store has ${after.value - before.value} of ${expected}`)
    else if (late > tolerance) wrong.push(`${count} at ${at}: the store has them ${late} ms later`)
    else latestMs = Math.max(latestMs, late)
  }
  return { inTime: bursts.length - wrong.length, wrong, latestMs }
}
