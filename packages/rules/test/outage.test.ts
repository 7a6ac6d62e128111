// What the alerts about the agent make of an outage, minute by minute: what the agent says of its queue travels through that queue, so
// what a rule sees depends on what has arrived. A real Prometheus gets each export when the collector would have taken it, under the time
// at which it was made, and is asked after each minute for what each rule would have found.
import { describe, expect, it } from 'vitest'

import { runPrometheus } from '../../../test/amp/prometheus.ts'
import { push, series } from '../../../test/amp/push.ts'
import { exported } from '../src/names.ts'
import type { AlertRule } from '../src/rule.ts'
import { ALERTS, GROUPS } from '../src/rule-file.ts'
import { withDefaults } from '../src/thresholds.ts'
import { labelsOf, minutes, NODE, OTHER_NODE } from './cases/case.ts'

const EXPORT_SECONDS = 15
/** The agent's --queue-age. */
const QUEUE_AGE_SECONDS = minutes(55)
const POINTS = 60
/** 60 packets are over the link-local limit in the second before. */
const BURST = minutes(12)

interface Story {
  readonly title: string
  readonly minutes: number
  /** How many exports the collector takes in that second. */
  readonly takes: (second: number) => number
  /** Which rules found something, and after which minute for the first and the last time. */
  readonly firing: Readonly<Record<string, readonly [first: number, last: number]>>
}

const STORIES: readonly Story[] = [
  {
    title: 'two minutes without a collector alert nobody, and a burst in them is an alert a little later',
    minutes: 30,
    takes: (second) => (second >= minutes(11) && second < minutes(13) ? 0 : 4),
    firing: { 'LinkLocalAllowanceExceeded warning': [14, 16] },
  },
  {
    title:
      'ten minutes without a collector are a silent node; their burst arrives too late for its alert, and is still reported',
    minutes: 40,
    takes: (second) => (second >= minutes(10) && second < minutes(20) ? 0 : 4),
    firing: { 'EnaOtelNodeSilent warning': [18, 20], 'AllowanceExceededLate warning': [21, 34] },
  },
  {
    title:
      'seventy minutes without a collector are a silent node; what was lost, and what happened, is known when it is back',
    minutes: 110,
    takes: (second) => (second >= minutes(10) && second < minutes(80) ? 0 : 4),
    // The node counts as removed after 30 minutes.
    firing: {
      'EnaOtelNodeSilent warning': [18, 40],
      'EnaOtelQueueFilling critical': [81, 94],
      'AllowanceExceededLate warning': [81, 95],
    },
  },
  {
    title:
      'a collector that takes half of what is sent is a queue that fills, until its numbers are so late that the node is silent',
    minutes: 45,
    takes: (second) => (second >= minutes(10) && second < minutes(40) ? 0.5 / EXPORT_SECONDS : 4),
    firing: {
      'LinkLocalAllowanceExceeded warning': [15, 16],
      'EnaOtelQueueFilling warning': [18, 19],
      'EnaOtelNodeSilent warning': [24, 40],
      'AllowanceExceededLate warning': [31, 45],
    },
  },
  {
    title: 'a collector that stays three minutes behind is a queue that fills, and no silent node',
    minutes: 40,
    takes: (second) => {
      if (second >= minutes(10) && second < minutes(13)) return 0
      return second >= minutes(13) && second < minutes(30) ? 1 / EXPORT_SECONDS : 4
    },
    firing: { 'LinkLocalAllowanceExceeded warning': [16, 16], 'EnaOtelQueueFilling warning': [18, 30] },
  },
]

describe('an outage', () => {
  it.for(STORIES)('$title', { timeout: 60_000 }, async (story) => {
    const found = await firing(story)
    expect(found).toEqual(story.firing)
  })
})

const RULES = ALERTS.filter(
  ({ alert, severity }) =>
    alert === 'EnaOtelQueueFilling' ||
    alert === 'AllowanceExceededLate' ||
    alert === 'EnaOtelExportsRefused' ||
    (alert === 'EnaOtelNodeSilent' && severity === 'warning') ||
    (alert === 'LinkLocalAllowanceExceeded' && severity === 'warning'),
)

async function firing(story: Story): Promise<Story['firing']> {
  const started = await runPrometheus()
  await using store = started
  const start = Math.floor(Date.now() / 60_000) * 60 - minutes(story.minutes)
  const exports = deliveries(story)
  const states = RULES.map((rule) => ({ rule, since: Number.NaN, first: Number.NaN, last: Number.NaN }))
  for (let minute = 1; minute <= story.minutes; minute++) {
    const arrived = exports.filter(({ at }) => at > minutes(minute - 1) && at <= minutes(minute))
    const live = { ...EMPTY, madeAt: minutes(minute), node: OTHER_NODE }
    await write(store.url, [...arrived, live], start)
    for (const state of states) {
      const finds = await asked(store.url, state.rule, start + minutes(minute))
      if (!finds) state.since = Number.NaN
      else if (Number.isNaN(state.since)) state.since = minute
      if (minute - state.since < lasting(state.rule)) continue
      if (!finds) continue
      if (Number.isNaN(state.first)) state.first = minute
      state.last = minute
    }
  }
  return Object.fromEntries(
    states.flatMap(({ rule, first, last }) =>
      Number.isNaN(first) ? [] : [[`${rule.alert} ${rule.severity}`, [first, last]] as const],
    ),
  )
}

/** `for`, in minutes. */
function lasting(rule: AlertRule): number {
  return Number(/^(\d+)m$/.exec(rule.for ?? '0m')?.[1])
}

interface Export {
  readonly node: typeof NODE
  readonly madeAt: number
  readonly queueAge: number
  readonly dropped: number
  readonly exceeded: number
}

const EMPTY: Export = { node: NODE, madeAt: 0, queueAge: 0, dropped: 0, exceeded: 0 }

/** When each export of the story's node is taken, first in, first out. */
function deliveries({ minutes: length, takes }: Story): readonly (Export & { readonly at: number })[] {
  const queue: Export[] = []
  const delivered: (Export & { readonly at: number })[] = []
  let budget = 0
  let dropped = 0
  for (let second = 0; second <= minutes(length); second++) {
    while (queue.length > 0 && second - queue[0]!.madeAt > QUEUE_AGE_SECONDS) {
      queue.shift()
      dropped += POINTS
    }
    if (second % EXPORT_SECONDS === 0) {
      const queueAge = queue.length === 0 ? 0 : second - queue[0]!.madeAt
      queue.push({ ...EMPTY, madeAt: second, queueAge, dropped, exceeded: second < BURST ? 0 : 60 })
    }
    for (budget = (budget % 1) + takes(second); budget >= 1 && queue.length > 0; budget--)
      delivered.push({ ...queue.shift()!, at: second })
  }
  return delivered
}

async function write(url: string, exports: readonly Export[], start: number): Promise<void> {
  const timeseries = [NODE, OTHER_NODE].flatMap((node) => {
    const own = exports.filter((one) => one.node === node)
    const of = (name: string, value: (one: Export) => number, labels: Record<string, string> = {}) =>
      series(
        exported(name),
        own.map((one) => ({ value: value(one), timestamp: (start + one.madeAt) * 1000 })),
        inOrder({ ...labelsOf(node), ...labels }),
      )
    return own.length === 0
      ? []
      : [
          of('ena_otel.interfaces', () => 2),
          of('ena_otel.queue.age', ({ queueAge }) => queueAge),
          of('ena_otel.queue.size', ({ queueAge }) => queueAge * 100),
          of('ena_otel.queue.capacity', () => 8_388_608),
          of('otel.sdk.exporter.metric_data_point.exported', () => 0, { error_type: 'rejected' }),
          of('ena_otel.points.dropped', ({ dropped }) => dropped, { ena_otel_reason: 'age' }),
          of('ena.allowance.exceeded', ({ exceeded }) => exceeded, { ena_allowance_name: 'linklocal' }),
        ]
  })
  const target = { remoteWriteUrl: `${url}/api/v1/write`, scope: SCOPE }
  expect(await push(target, timeseries)).toBe('204')
}

/** Prometheus asks for no signature. */
const SCOPE = { service: 'aps', region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }

/** Whether the rule finds the story's node, evaluated at that second. */
async function asked(url: string, rule: AlertRule, at: number): Promise<boolean> {
  const { expr } = rule
  const back = GROUPS.find(({ rules }) => rules.includes(rule))?.queryOffset === '1m' ? 60 : 0
  const query = new URLSearchParams({ query: withDefaults(expr), time: String(at - back) })
  const response = await fetch(`${url}/api/v1/query?${query.toString()}`)
  const { status, data, error } = (await response.json()) as QueryAnswer
  if (status !== 'success') throw new Error(`${expr}: ${error}`)
  return data.result.some(({ metric }) => metric['k8s_node_name'] === NODE.k8s_node_name)
}

interface QueryAnswer {
  readonly status: string
  readonly error?: string
  readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[] }
}

/** As remote write wants labels. */
function inOrder(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
