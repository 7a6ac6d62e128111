// Prometheus' HTTP API for queries, as a client of AMP calls it: with a signature.
// https://prometheus.io/docs/prometheus/latest/querying/api/
import { setTimeout } from 'node:timers/promises'
import { signed, type SigningScope } from './signature.ts'

/** One series of an instant query's answer. */
export interface Sampled {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Of the evaluation, in seconds since the epoch: `timestamp(…)` in the query asks for the sample's own. */
  readonly time: number
}

export interface Workspace {
  /** `http://127.0.0.1:41939/workspaces/ws-…`. */
  readonly url: string
  readonly scope: SigningScope
}

/** The answer of `expression` at the `time` (in seconds since the epoch; now by default). @throws when it is an error. */
export async function query({ url, scope }: Workspace, expression: string, time?: number): Promise<readonly Sampled[]> {
  const target = new URL(`${url}/api/v1/query`)
  target.searchParams.set('query', expression)
  if (time !== undefined) target.searchParams.set('time', String(time))
  const response = await fetch(target, { headers: await signed({ method: 'GET', url: target }, scope) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${expression}: ${response.status} ${text}`)
  const { data }: Body = JSON.parse(text)
  if (data.resultType === 'vector') return data.result.map(({ metric, value }) => sampled(metric, value))
  if (data.resultType === 'scalar') return [sampled({}, data.result)]
  throw new TypeError(`${expression} is a ${data.resultType}: an instant vector is needed`)
}

/** Asks until `enough` says so. @throws what it got at last, when `signal` aborts; after 20 s by default. */
export async function queryWhen(
  workspace: Workspace,
  expression: string,
  enough: (series: readonly Sampled[]) => boolean,
  signal: AbortSignal = AbortSignal.timeout(20_000),
): Promise<readonly Sampled[]> {
  for (;;) {
    const series = await query(workspace, expression)
    if (enough(series)) return series
    if (signal.aborted) throw new Error(`${expression} is still ${JSON.stringify(series)}`, { cause: signal.reason })
    await setTimeout(everyMs)
  }
}

const everyMs = 100

type Pair = readonly [time: number, value: string]

interface Body {
  readonly data:
    | { readonly resultType: 'vector'; readonly result: readonly { metric: Record<string, string>; value: Pair }[] }
    | { readonly resultType: 'scalar'; readonly result: Pair }
    | { readonly resultType: 'matrix' | 'string' }
}

function sampled(labels: Record<string, string>, [time, value]: Pair): Sampled {
  return { labels, value: Number(value.replace('Inf', 'Infinity')), time }
}
