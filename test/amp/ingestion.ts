// The rules by which Amazon Managed Prometheus takes or refuses the samples of a request: all of them or none
// ("not partially accepted"). Each number is from the project's reference facts.md, section E, which quotes AWS's
// pages "Service quotas" and "Configure your workspace"; the words are those of Cortex, which AMP is made of.
import type { Sample, TimeSeries, WriteRequest } from './write-request.ts'

/** Facts E, quotas: "labels per series 150". */
const maxLabels = 150
/** Facts E, quotas: "label size 7 KB total". */
const maxLabelBytes = 7 * 1024
/** Facts E: "Samples older than 1 hour refused". */
const maxAgeMs = 3_600_000
/** Facts E: "Out-of-order (since 2026-06-11): default window 60 s on all workspaces". */
export const outOfOrderWindowMs = 60_000

export interface Ingestion {
  /**
   * Why a request that comes at the time `now` would be refused (with 400), undefined when it wouldn't. It counts as
   * taken only with `take`.
   */
  refusal(request: WriteRequest, now: number): string | undefined
  /** Remembers a request that has been stored. */
  take(request: WriteRequest): void
}

/** What a workspace knows of a series: its newest sample, and the values that could still come a second time. */
interface Seen {
  newest: number
  readonly values: Map<number, number>
}

/** The rules for one workspace. */
export function ingestion(): Ingestion {
  const workspace = { newest: -Infinity, series: new Map<string, Seen>() }
  const refusal = (series: TimeSeries, now: number): string | undefined => {
    const seen = workspace.series.get(name(series))
    return (
      labelRefusal(series) ??
      first(series.samples, (sample) => ageRefusal(series, sample, now)) ??
      orderRefusal(series) ??
      first(
        series.samples,
        (sample) => outOfOrderRefusal(series, sample, seen, workspace.newest) ?? duplicateRefusal(series, sample, seen),
      )
    )
  }
  return {
    refusal: (request, now) => first(request.timeseries, (series) => refusal(series, now)),
    take(request) {
      for (const series of request.timeseries) {
        const seen = workspace.series.get(name(series)) ?? { newest: -Infinity, values: new Map<number, number>() }
        workspace.series.set(name(series), seen)
        for (const { timestamp, value } of series.samples) {
          seen.newest = Math.max(seen.newest, timestamp)
          workspace.newest = Math.max(workspace.newest, timestamp)
          seen.values.set(timestamp, value)
        }
        for (const timestamp of seen.values.keys()) {
          if (timestamp < seen.newest && timestamp < workspace.newest - outOfOrderWindowMs)
            seen.values.delete(timestamp)
        }
      }
    },
  }
}

function labelRefusal(series: TimeSeries): string | undefined {
  const { labels } = series
  // https://prometheus.io/docs/specs/prw/remote_write_spec/#labels; Prometheus itself would drop it and say 204
  const unordered = labels.find(({ name }, index) => name <= (labels[index - 1]?.name ?? ''))
  if (unordered !== undefined) return `labels are not sorted, or double: ${unordered.name} of ${name(series)}`
  if (!labels.some(({ name }) => name === '__name__')) return `sample missing metric name: ${name(series)}`
  const bytes = labels.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0)
  if (labels.length > maxLabels) return `series has too many labels (actual: ${labels.length}, limit: ${maxLabels})`
  if (bytes > maxLabelBytes) return `labels size is over the limit (actual: ${bytes}, limit: ${maxLabelBytes})`
  return undefined
}

function ageRefusal(series: TimeSeries, { timestamp }: Sample, now: number): string | undefined {
  return timestamp < now - maxAgeMs ? `timestamp too old: ${timestamp} of ${name(series)}` : undefined
}

/** Within a request every series' samples must be in order: https://prometheus.io/docs/specs/prw/remote_write_spec/ */
function orderRefusal(series: TimeSeries): string | undefined {
  const { samples } = series
  const late = samples.find(({ timestamp }, index) => timestamp <= (samples[index - 1]?.timestamp ?? -Infinity))
  return late && `out of order sample: ${late.timestamp} of ${name(series)}, within the request`
}

/** As Prometheus' TSDB does it (tsdb/head_append.go): older than the series' newest and than the window of the whole. */
function outOfOrderRefusal(
  series: TimeSeries,
  { timestamp }: Sample,
  seen: Seen | undefined,
  newest: number,
): string | undefined {
  if (seen === undefined || timestamp >= seen.newest || timestamp >= newest - outOfOrderWindowMs) return undefined
  return `out of order sample: ${timestamp} of ${name(series)}`
}

/** Facts E: "duplicate/new-value-for-timestamp". The same value once more is no error: a retry sends it. */
function duplicateRefusal(series: TimeSeries, sample: Sample, seen: Seen | undefined): string | undefined {
  const value = seen?.values.get(sample.timestamp)
  if (value === undefined || Object.is(value, sample.value)) return undefined
  return `duplicate sample for timestamp: ${sample.timestamp} of ${name(series)}, ${value} and now ${sample.value}`
}

function first<T>(things: readonly T[], refusal: (thing: T) => string | undefined): string | undefined {
  for (const thing of things) {
    const reason = refusal(thing)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** As PromQL writes the series. */
function name({ labels }: Pick<TimeSeries, 'labels'>): string {
  return `{${labels.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).join(',')}}`
}
