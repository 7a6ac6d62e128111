import { exported } from '../../src/names.ts'
import { type Labels, quiet, rising, sampled, type Series } from '../series.ts'
import { type AlertCase, ETH0, ETH1, INSTANCE, labelsOf, minutes, NODE } from './case.ts'

const AVAILABLE = exported('ena.conntrack.available')
const CAPACITY = exported('ena.conntrack.capacity')
const COUNT = exported('system.network.conntrack.count')
const MAX = exported('system.network.conntrack.max')
const INSERT_FAILED = exported('ena.node.conntrack.insert_failed')

const UNTIL = minutes(40)
const TOTAL = 100_000

const available = (eni: Labels, valueAt: (second: number) => number): Series =>
  sampled(AVAILABLE, labelsOf(NODE, eni), valueAt, { until: UNTIL })
const capacity = (eni: Labels, valueAt: (second: number) => number = () => TOTAL): Series =>
  sampled(CAPACITY, labelsOf(NODE, eni), valueAt, { until: UNTIL })
/** A number that moves a little from export to export, as on an ENI with traffic. */
const around =
  (value: number) =>
  (second: number): number =>
    value + (second % 2)

const table = (entries: number): readonly Series[] => [
  sampled(COUNT, labelsOf(NODE), () => entries, { until: UNTIL }),
  sampled(MAX, labelsOf(NODE), () => 262_144, { until: UNTIL }),
]

export const CONNTRACK_CASES: readonly AlertCase[] = [
  {
    alert: 'ConntrackAllowanceLow',
    title: 'warns below 20 %, even if an idle ENI has more',
    series: [available(ETH0, around(15_000)), available(ETH1, () => 90_000), capacity(ETH0), capacity(ETH1)],
    at: minutes(20),
    firing: [{ severity: 'warning', labels: INSTANCE, value: 15_000 }],
  },
  {
    alert: 'ConntrackAllowanceLow',
    title: 'is critical when none is left, and the number does not move any more',
    series: [available(ETH0, () => 0), available(ETH1, () => 90_000), capacity(ETH0), capacity(ETH1)],
    at: minutes(20),
    firing: [
      { severity: 'warning', labels: INSTANCE, value: 0 },
      { severity: 'critical', labels: INSTANCE, value: 0 },
    ],
  },
  {
    alert: 'ConntrackAllowanceLow',
    title: 'is silent when an idle ENI says a low number that is hours old',
    series: [available(ETH0, around(80_000)), available(ETH1, () => 3_000), capacity(ETH0), capacity(ETH1)],
    at: minutes(20),
    firing: [],
  },
  {
    alert: 'ConntrackAllowanceLow',
    title: 'remembers the capacity when the agent starts again and learns a lower one',
    series: [available(ETH0, around(10_000)), capacity(ETH0, (second) => (second < minutes(10) ? TOTAL : 10_001))],
    at: minutes(30),
    firing: [{ severity: 'warning', labels: INSTANCE, value: 10_000 }],
  },
  {
    alert: 'ConntrackAllowanceLow',
    title: 'warns of 300, though an agent that started then takes that for the capacity',
    series: [available(ETH0, around(300)), capacity(ETH0, () => 301)],
    at: minutes(20),
    firing: [{ severity: 'warning', labels: INSTANCE, value: 300 }],
  },
  {
    alert: 'ConntrackAllowanceLow',
    title: 'is critical at 100 of an assumed 101',
    series: [available(ETH0, around(100)), capacity(ETH0, () => 101)],
    at: minutes(20),
    firing: [
      { severity: 'warning', labels: INSTANCE, value: 100 },
      { severity: 'critical', labels: INSTANCE, value: 100 },
    ],
  },
  {
    alert: 'ConntrackAllowanceExhaustion',
    title: 'warns when 40,000 connections fall by 1,000 a minute',
    series: [available(ETH0, (second) => 60_000 - (1_000 * second) / 60), capacity(ETH0)],
    at: minutes(20),
    firing: [{ severity: 'warning', labels: INSTANCE, value: 40 }],
  },
  {
    alert: 'ConntrackAllowanceExhaustion',
    title: 'is critical when 10,000 fall by 1,000 a minute',
    series: [available(ETH0, (second) => 40_000 - (1_000 * second) / 60), capacity(ETH0)],
    at: minutes(30),
    firing: [
      { severity: 'warning', labels: INSTANCE, value: 10 },
      { severity: 'critical', labels: INSTANCE, value: 10 },
    ],
  },
  {
    alert: 'ConntrackAllowanceExhaustion',
    title: 'is silent while a new node opens its connections fast, with most of them left',
    series: [available(ETH0, (second) => TOTAL - Math.min(second * 30, 40_000)), capacity(ETH0)],
    at: minutes(12),
    firing: [],
  },
  {
    alert: 'ConntrackAllowanceExhaustion',
    title: 'is silent at a low number that stays',
    series: [available(ETH0, () => 30_000), capacity(ETH0)],
    at: minutes(20),
    firing: [],
  },
  {
    alert: 'NodeConntrackTableFull',
    title: 'warns at 85 %',
    series: table(222_823),
    at: minutes(10),
    firing: [{ severity: 'warning', labels: NODE, value: 85 }],
  },
  {
    alert: 'NodeConntrackTableFull',
    title: 'is critical at 100 %',
    series: table(262_144),
    at: minutes(10),
    firing: [
      { severity: 'warning', labels: NODE, value: 100 },
      { severity: 'critical', labels: NODE, value: 100 },
    ],
  },
  { alert: 'NodeConntrackTableFull', title: 'is silent at 75 %', series: table(196_608), at: minutes(10), firing: [] },
  {
    alert: 'NodeConntrackInsertFailed',
    title: 'warns of 5 lost races a second for 10 seconds',
    series: [quiet(INSERT_FAILED, labelsOf(NODE), rising(minutes(10), 5, 10, 900), { until: UNTIL })],
    at: minutes(13),
    firing: [{ severity: 'warning', labels: NODE, value: 51 }],
  },
  {
    alert: 'NodeConntrackInsertFailed',
    title: 'is silent about 8, which is what a busy node has',
    series: [quiet(INSERT_FAILED, labelsOf(NODE), rising(minutes(10), 1, 8, 900), { until: UNTIL })],
    at: minutes(13),
    firing: [],
  },
]
