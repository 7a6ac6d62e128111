// Series as the agent's exports leave them in the store, in the notation of promtool's unit tests, at a resolution of one second.
// https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/

export type Labels = Readonly<Record<string, string>>

export interface Series {
  /** The name and labels. */
  readonly series: string
  /** A value or `_`, none, for each second. */
  readonly values: string
}

export interface Life {
  /** The second of the first sample. */
  readonly from?: number
  /** The second of the last sample. */
  readonly until: number
  /** Seconds between exports: 15 by default, as the agent's. */
  readonly every?: number
}

/** A counter that is usually quiet: one sample an export, and each change with the sample before it. */
export function quiet(name: string, labels: Labels, valueAt: (second: number) => number, life: Life): Series {
  const { from = 0, until } = life
  const differs = (a: number, b: number): boolean => a >= from && b <= until && valueAt(a) !== valueAt(b)
  return series(name, labels, life, (second) =>
    isExport(second, life) || differs(second - 1, second) || differs(second, second + 1) ? valueAt(second) : undefined,
  )
}

/** A gauge, a busy counter or one of the agent's own: one sample an export, none where there is no value. */
export function sampled(
  name: string,
  labels: Labels,
  valueAt: (second: number) => number | undefined,
  life: Life,
): Series {
  return series(name, labels, life, (second) => (isExport(second, life) ? valueAt(second) : undefined))
}

/** 0 until a second, then so much more in each second for so long, from a number that was there before. */
export function rising(from: number, perSecond: number, seconds: number, before = 0): (second: number) => number {
  return (second) => before + perSecond * Math.min(Math.max(second - from + 1, 0), seconds)
}

const isExport = (second: number, { from = 0, every = 15 }: Life): boolean => (second - from) % every === 0

function series(
  name: string,
  labels: Labels,
  { from = 0, until }: Life,
  sampleAt: (second: number) => number | undefined,
): Series {
  const values: string[] = []
  for (let second = 0; second <= until; second++) {
    const value = second < from ? undefined : sampleAt(second)
    values.push(value === undefined ? '_' : String(value))
  }
  const matchers = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return { series: `${name}{${matchers.join(',')}}`, values: values.join(' ') }
}
