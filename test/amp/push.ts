// A valid remote write, but for what a test changes.
import { signed, type SigningScope } from './signature.ts'
import { encode, type Sample, type TimeSeries } from './write-request.ts'

/** The workspace's call, and the key that it accepts. */
export interface Target {
  readonly remoteWriteUrl: string
  readonly scope: SigningScope
}

export interface Pushing {
  readonly scope?: SigningScope
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly date?: Date
  readonly signal?: AbortSignal
}

/** The status and the text of the answer to a write of these series. */
export async function push(target: Target, timeseries: readonly TimeSeries[], changed: Pushing = {}): Promise<string> {
  const { scope = target.scope, body = encode({ timeseries }), date = new Date(), signal = null } = changed
  const url = new URL(target.remoteWriteUrl)
  const headers = {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'snappy',
    'x-prometheus-remote-write-version': '0.1.0',
    ...changed.headers,
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: await signed({ method: 'POST', url, headers, body, date }, scope),
    body: new Uint8Array(body),
    signal,
  })
  return `${response.status} ${await response.text()}`.trim()
}

/** A series called `name`. */
export function series(name: string, samples: readonly Sample[], labels: Record<string, string> = {}): TimeSeries {
  const all = { __name__: name, ...labels }
  return { labels: Object.entries(all).map(([name, value]) => ({ name, value })), samples }
}
