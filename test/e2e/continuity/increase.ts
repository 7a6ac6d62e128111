// By how much a counter rose, out of the samples that a store holds: what `increase()` estimates, exactly.
import type { PrometheusApi, Sample } from '../setup/prometheus-api.ts'

/**
 * The sum of all rises from the first sample on. A counter that fell began again at 0, as Prometheus takes it: all of its new
 * value is counted since.
 */
export function exactIncrease(samples: readonly Sample[]): number {
  return samples.slice(1).reduce((sum, { value }, i) => {
    const before = samples[i]!.value
    return sum + (value >= before ? value - before : value)
  }, 0)
}

export interface StoredCounter {
  /** Every sample of the one series, in the order of time. */
  readonly samples: () => Promise<readonly Sample[]>
  /** The last one's value as soon as it is this. @throws Error with what it is instead, after `patienceMs` */
  readonly reaches: (value: number, patienceMs?: number) => Promise<void>
  /** As `reaches`, and then the exact increase from the last sample at `sinceMs` or before. */
  readonly increaseTo: (value: number, sinceMs: number) => Promise<number>
}

/** @param selector has to mean one series: two would be a gap that no query bridges. What isn't stored yet has no samples. */
export function storedCounter(store: PrometheusApi, selector: string): StoredCounter {
  const samples = async (): Promise<readonly Sample[]> => {
    const series = await store.samples(selector)
    if (series.length > 1)
      throw new Error(`${selector} is ${series.length} series: ${JSON.stringify(series.map(({ labels }) => labels))}`)
    return series[0]?.samples ?? []
  }
  const reaches: StoredCounter['reaches'] = async (value, patienceMs) => {
    await store.waitFor(selector, (series) => series.some((one) => one.value === value), patienceMs)
  }
  return {
    samples,
    reaches,
    increaseTo: async (value, sinceMs) => {
      await reaches(value)
      const stored = await samples()
      const first = stored.findLastIndex(({ timeMs }) => timeMs <= sinceMs)
      if (first < 0) throw new Error(`${selector} has no sample before the event`)
      return exactIncrease(stored.slice(first))
    },
  }
}
