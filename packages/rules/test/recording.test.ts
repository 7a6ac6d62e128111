import { beforeAll, describe, expect, it } from 'vitest'

import { exported } from '../src/names.ts'
import {
  CONNTRACK_CAPACITY,
  ENI_EXCEEDED,
  NODE_EXCEEDED,
  NODE_THROTTLED,
  NODES,
  RECORDING_GROUP,
  TABLE_FULL,
} from '../src/recording.ts'
import { ruleFile } from '../src/rule-file.ts'
import { withDefaults } from '../src/thresholds.ts'
import { ETH0, ETH1, INSTANCE, labelsOf, minutes, NODE, OTHER_NODE } from './cases/case.ts'
import { promtool, type PromtoolTest } from './promtool.ts'
import { type Labels, quiet, rising, sampled, type Series } from './series.ts'

const EXCEEDED = exported('ena.allowance.exceeded')
const THROTTLED = exported('ena.allowance.throttled.time')
const CAPACITY = exported('ena.conntrack.capacity')
const INTERFACES = exported('ena_otel.interfaces')

const PPS = { ena_allowance_name: 'pps' }
const BURST = minutes(10) + 8

interface RecordingCase {
  readonly title: string
  readonly series: readonly Series[]
  readonly at: number
  /** Each query with all that it finds. */
  readonly finds: Readonly<Record<string, readonly { readonly labels: Labels; readonly value: number }[]>>
}

const found = (name: string, labels: Labels): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ')}}`

const CASES: readonly RecordingCase[] = [
  {
    title: 'packets are added up over the ENIs of a node, seconds are not, and a quiet ENI records nothing',
    series: [ETH0, ETH1].flatMap((eni) => [
      quiet(EXCEEDED, labelsOf(NODE, eni, PPS), rising(BURST, 10, 60), { until: minutes(30) }),
      quiet(THROTTLED, labelsOf(NODE, eni, PPS), rising(BURST, 1, 60), { until: minutes(30) }),
      quiet(EXCEEDED, labelsOf(OTHER_NODE, eni, PPS), () => 99, { until: minutes(30) }),
      quiet(THROTTLED, labelsOf(OTHER_NODE, eni, PPS), () => 9, { until: minutes(30) }),
    ]),
    at: minutes(15),
    finds: {
      [`round(${NODE_EXCEEDED}, 10)`]: [{ labels: { ...NODE, ...PPS }, value: 1200 }],
      [`round(${NODE_THROTTLED})`]: [{ labels: { ...NODE, ...PPS }, value: 60 }],
      [`count(${ENI_EXCEEDED})`]: [{ labels: {}, value: 2 }],
    },
  },
  {
    title: 'a burst is found again, within 5 %, in a sum over time of what was recorded each minute, and when it was',
    series: [
      quiet(EXCEEDED, labelsOf(NODE, ETH0, PPS), rising(BURST, 1000, 1), { until: minutes(60) }),
      quiet(THROTTLED, labelsOf(NODE, ETH0, PPS), rising(BURST, 1, 1), { until: minutes(60) }),
    ],
    at: minutes(50),
    finds: {
      [`round(sum_over_time(${NODE_EXCEEDED}[45m]) / 5, 100)`]: [{ labels: { ...NODE, ...PPS }, value: 1000 }],
      [`min_over_time(timestamp(${NODE_THROTTLED})[45m:1m])`]: [{ labels: { ...NODE, ...PPS }, value: minutes(11) }],
    },
  },
  {
    title: 'an ENI that gets its id late is one interface of its node',
    series: [
      quiet(THROTTLED, labelsOf(NODE, { network_interface_name: 'eth0' }, PPS), rising(minutes(10), 1, 30), {
        until: minutes(10) + 30,
      }),
      quiet(THROTTLED, labelsOf(NODE, ETH0, PPS), rising(minutes(10), 1, 60), {
        from: minutes(10) + 30,
        until: minutes(20),
      }),
    ],
    at: minutes(14),
    finds: { [`round(${NODE_THROTTLED}, 10)`]: [{ labels: { ...NODE, ...PPS }, value: 60 }] },
  },
  {
    title: 'a capacity is remembered for 6 hours while the agent reports, and not fed by itself when the node is gone',
    series: [
      sampled(CAPACITY, labelsOf(NODE, ETH0), (second) => (second < minutes(20) ? 5000 : 100), { until: minutes(60) }),
      sampled(CAPACITY, labelsOf(OTHER_NODE, ETH0), () => 700, { until: minutes(20) }),
    ],
    at: minutes(60),
    finds: { [CONNTRACK_CAPACITY]: [{ labels: INSTANCE, value: 5000 }] },
  },
  {
    title: 'nodes are counted once, by cluster, as long as they report',
    series: [
      sampled(INTERFACES, labelsOf(NODE), () => 2, { until: minutes(30) }),
      sampled(INTERFACES, labelsOf(OTHER_NODE), () => 2, { until: minutes(10) }),
      sampled(INTERFACES, labelsOf({ ...NODE, k8s_cluster_name: 'green' }), () => 2, { until: minutes(30) }),
    ],
    at: minutes(20),
    finds: {
      [NODES]: [
        { labels: { k8s_cluster_name: 'blue' }, value: 1 },
        { labels: { k8s_cluster_name: 'green' }, value: 1 },
      ],
    },
  },
  {
    title: "the kernel's table is a part of its room",
    series: [
      sampled(exported('system.network.conntrack.count'), labelsOf(NODE), () => 65_536, { until: minutes(10) }),
      sampled(exported('system.network.conntrack.max'), labelsOf(NODE), () => 262_144, { until: minutes(10) }),
    ],
    at: minutes(10),
    finds: { [TABLE_FULL]: [{ labels: NODE, value: 0.25 }] },
  },
]

let results: ReadonlyMap<string, string>

beforeAll(async () => {
  const tool = await promtool()
  results = tool.testRules(withDefaults(ruleFile()), CASES.map(promtoolTest), RECORDING_GROUP.interval)
})

describe('recorded', () => {
  it.for(CASES.map(({ title }) => title))('%s', (title) => {
    expect(results.get(title)).toBe('')
  })
})

function promtoolTest({ title, series, at, finds }: RecordingCase): PromtoolTest {
  return {
    name: title,
    interval: '1s',
    input_series: series,
    promql_expr_test: Object.entries(finds).map(([expr, samples]) => ({
      expr,
      eval_time: `${at}s`,
      exp_samples: samples.map(({ labels, value }) => ({
        labels: found(/^[a-z]+:/.test(expr) ? expr : '', labels),
        value,
      })),
    })),
  }
}
