// Questions to Prometheus, and its answers as plain values. https://prometheus.io/docs/prometheus/latest/querying/api/
import { setTimeout as wait } from 'node:timers/promises'

export type Labels = Readonly<Record<string, string>>

/** One series of an instant query. */
export interface Instant {
  readonly labels: Labels
  readonly value: number
  /** Milliseconds since the epoch: of the evaluation, not of the sample. */
  readonly timeMs: number
}

export interface Sample {
  /** Milliseconds since the epoch. */
  readonly timeMs: number
  readonly value: number
}

/** One series with its samples in the order of their times. */
export interface SeriesOfSamples {
  readonly labels: Labels
  readonly samples: readonly Sample[]
}

export interface PrometheusApi {
  /** An instant query, at this moment unless another is given. @throws Error with the answer when it is refused */
  readonly query: (promql: string, atMs?: number) => Promise<readonly Instant[]>
  /** The samples as they are stored, with their own times, of the last hour or another time: `3h`. */
  readonly samples: (selector: string, range?: string) => Promise<readonly SeriesOfSamples[]>
  /** A range query. */
  readonly queryRange: (
    promql: string,
    fromMs: number,
    toMs: number,
    stepMs: number,
  ) => Promise<readonly SeriesOfSamples[]>
  /** Asks again and again until the answer is as it should be. @throws Error with the last answer, after 120 s by default */
  readonly waitFor: (
    promql: string,
    isEnough: (answer: readonly Instant[]) => boolean,
    patienceMs?: number,
  ) => Promise<readonly Instant[]>
}

type Fetch = (path: string) => Promise<Response>

/** @param get fetches a path that begins with /api/v1/ */
export function prometheusApi(get: Fetch): PrometheusApi {
  const ask = async (path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> => {
    const response = await get(`/api/v1/${path}?${new URLSearchParams(parameters).toString()}`)
    const text = await response.text()
    if (!response.ok) throw new Error(`${parameters['query']}: ${response.status} ${text}`)
    return (JSON.parse(text) as { data: { result: unknown } }).data.result
  }
  const query: PrometheusApi['query'] = async (promql, atMs) => {
    const result = await ask('query', { query: promql, ...(atMs !== undefined && { time: seconds(atMs) }) })
    return (result as readonly RawInstant[]).map(({ metric, value }) => ({ labels: metric, ...sample(value) }))
  }
  return {
    query,
    samples: async (selector, range = '1h') => matrix(await ask('query', { query: `${selector}[${range}]` })),
    queryRange: async (promql, fromMs, toMs, stepMs) =>
      matrix(
        await ask('query_range', {
          query: promql,
          start: seconds(fromMs),
          end: seconds(toMs),
          step: `${stepMs}ms`,
        }),
      ),
    waitFor: async (promql, isEnough, patienceMs = 120_000) => {
      const deadline = performance.now() + patienceMs
      for (;;) {
        const answer = await query(promql)
        if (isEnough(answer)) return answer
        if (performance.now() > deadline) {
          throw new Error(`after ${patienceMs} ms ${promql} still is ${JSON.stringify(answer, undefined, 1)}`)
        }
        await wait(ASK_AGAIN_MS)
      }
    },
  }
}

const ASK_AGAIN_MS = 100

/** Seconds since the epoch, and the value as a text. */
type RawSample = readonly [time: number, value: string]

interface RawInstant {
  readonly metric: Labels
  readonly value: RawSample
}

interface RawSeries {
  readonly metric: Labels
  readonly values: readonly RawSample[]
}

function matrix(result: unknown): readonly SeriesOfSamples[] {
  return (result as readonly RawSeries[]).map(({ metric, values }) => ({ labels: metric, samples: values.map(sample) }))
}

function sample([time, value]: RawSample): Sample {
  return { timeMs: Math.round(time * 1000), value: Number(value.replace('Inf', 'Infinity')) }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
