import { exported } from '../../src/names.ts'
import { quiet, rising, sampled, type Series } from '../series.ts'
import { type AlertCase, ETH0, labelsOf, minutes, NODE, OTHER_NODE } from './case.ts'

const DISCARDED = exported('ena_otel.read.discarded')
const EXPORT_FAILURES = exported('ena_otel.export.failures')
const EXPORT_RETRIES = exported('ena_otel.export.retries')
const EXCEEDED = exported('ena.allowance.exceeded')
const REJECTED = exported('otel.sdk.exporter.metric_data_point.exported')
const QUEUE_AGE = exported('ena_otel.queue.age')
const QUEUE_SIZE = exported('ena_otel.queue.size')
const QUEUE_CAPACITY = exported('ena_otel.queue.capacity')
const THINNED = exported('ena_otel.points.thinned')
const DROPPED = exported('ena_otel.points.dropped')
const SERIES_CUT = exported('ena_otel.series.cut')
const SAMPLE_INTERVAL = exported('ena_otel.sample.interval')
const DRIVER_EVENTS = exported('ena.driver.events')

const LINK_LOCAL = { ena_allowance_name: 'linklocal' }
const CONNTRACK = { ena_allowance_name: 'conntrack' }
const UNTIL = minutes(60)

const resets = (name: string, count: number): Series =>
  quiet(DRIVER_EVENTS, labelsOf(NODE, ETH0, { ena_driver_event_name: name }), rising(minutes(10) + 4, count, 1, 3), {
    until: UNTIL,
  })

export const AGENT_CASES: readonly AlertCase[] = [
  {
    alert: 'EnaOtelReadsDiscarded',
    title: 'warns of a read a second for a minute',
    series: [
      sampled(DISCARDED, labelsOf(NODE, { ena_otel_reason: 'all_zero' }), rising(minutes(20), 1, 60), { until: UNTIL }),
    ],
    at: minutes(25),
    firing: [{ severity: 'warning', labels: NODE, value: 60 }],
  },
  {
    alert: 'EnaOtelReadsDiscarded',
    title: 'is silent about the few of a driver reset',
    series: [
      sampled(DISCARDED, labelsOf(NODE, { ena_otel_reason: 'all_zero' }), rising(minutes(20), 1, 4), { until: UNTIL }),
      sampled(DISCARDED, labelsOf(NODE, { ena_otel_reason: 'implausible' }), () => 0, { until: UNTIL }),
    ],
    at: minutes(25),
    firing: [],
  },
  {
    alert: 'EnaDriverReset',
    title: 'warns of a reset, once, though the driver counts it and its cause',
    series: [resets('total_resets', 1), resets('tx_timeout', 1)],
    at: minutes(14),
    firing: [{ severity: 'warning', labels: { ...NODE, ...ETH0 }, value: 1 }],
  },
  {
    alert: 'EnaDriverReset',
    title: 'is silent when an interface goes down and up',
    series: [resets('total_resets', 0), resets('interface_down', 1), resets('interface_up', 1)],
    at: minutes(14),
    firing: [],
  },
  {
    alert: 'EnaOtelQueueFilling',
    title: 'warns of a collector that stays two and a half minutes behind',
    series: queue(between(minutes(10), minutes(60), 150), () => 0.1),
    at: minutes(15),
    firing: [{ severity: 'warning', labels: NODE, value: 150 }],
  },
  {
    alert: 'EnaOtelQueueFilling',
    title: 'warns of a queue that is more than half full, however young what is in it',
    series: queue(between(minutes(10), minutes(60), 30), between(minutes(10), minutes(60), 0.6)),
    at: minutes(15),
    firing: [{ severity: 'warning', labels: NODE, value: 30 }],
  },
  {
    alert: 'EnaOtelQueueFilling',
    title: 'is critical when points are dropped, for any reason, and says how many',
    series: [
      ...queue(
        () => 0,
        () => 0,
      ),
      sampled(DROPPED, labelsOf(NODE, { ena_otel_reason: 'size' }), rising(minutes(20), 1, 60), { until: UNTIL }),
      sampled(DROPPED, labelsOf(NODE, { ena_otel_reason: 'age' }), rising(minutes(20), 2, 60), { until: UNTIL }),
    ],
    at: minutes(25),
    firing: [{ severity: 'critical', labels: NODE, value: 180 }],
  },
  {
    alert: 'EnaOtelQueueFilling',
    title: 'is silent about the last that an outage says of itself, seen for two minutes after its end',
    series: queue(between(minutes(10), minutes(12), 1800), between(minutes(10), minutes(12), 0.9)),
    at: minutes(12) + 30,
    firing: [],
  },
  {
    alert: 'EnaOtelQueueFilling',
    title: 'is silent when nothing waits longer than a request takes',
    series: [
      ...queue(
        () => 2,
        () => 0.01,
      ),
      sampled(DROPPED, labelsOf(NODE, { ena_otel_reason: 'age' }), () => 700, { until: UNTIL }),
    ],
    at: minutes(30),
    firing: [],
  },
  {
    alert: 'EnaOtelQueueFilling',
    title: 'is silent about points that were thinned: that is what the warning comes before',
    series: [
      ...queue(
        () => 2,
        () => 0.01,
      ),
      sampled(THINNED, labelsOf(NODE), rising(minutes(20), 10, 60), { until: UNTIL }),
    ],
    at: minutes(25),
    firing: [],
  },
  {
    alert: 'AllowanceExceededLate',
    title: 'warns of a burst that the alert on its limit did not see, as it came ten minutes late',
    series: [
      ...queue(between(minutes(10), minutes(20), 600), () => 0.1),
      quiet(EXCEEDED, labelsOf(NODE, ETH0, LINK_LOCAL), rising(minutes(12), 50, 1), { until: UNTIL }),
    ],
    at: minutes(23),
    firing: [{ severity: 'warning', labels: { ...NODE, ...LINK_LOCAL }, value: 57 }], // increase extrapolates
  },
  {
    alert: 'AllowanceExceededLate',
    title: 'warns of two late packets over the limit of tracked connections: each is a connection that failed',
    series: [
      ...queue(between(minutes(10), minutes(20), 600), () => 0.1),
      quiet(EXCEEDED, labelsOf(NODE, ETH0, CONNTRACK), rising(minutes(12), 2, 1), { until: UNTIL }),
      quiet(EXCEEDED, labelsOf(NODE, ETH0, LINK_LOCAL), rising(minutes(12), 2, 1), { until: UNTIL }),
    ],
    at: minutes(23),
    firing: [{ severity: 'warning', labels: { ...NODE, ...CONNTRACK }, value: 2 }],
  },
  {
    alert: 'AllowanceExceededLate',
    title: 'is silent about a burst whose numbers came in time',
    series: [
      ...queue(between(minutes(10), minutes(20), 30), () => 0.1),
      quiet(EXCEEDED, labelsOf(NODE, ETH0, LINK_LOCAL), rising(minutes(12), 50, 1), { until: UNTIL }),
    ],
    at: minutes(23),
    firing: [],
  },
  {
    alert: 'AllowanceExceededLate',
    title: 'is silent about late numbers of a quiet node',
    series: [
      ...queue(between(minutes(10), minutes(20), 600), () => 0.1),
      quiet(EXCEEDED, labelsOf(OTHER_NODE, ETH0, LINK_LOCAL), rising(minutes(12), 50, 1), { until: UNTIL }),
    ],
    at: minutes(23),
    firing: [],
  },
  {
    alert: 'EnaOtelExportsRefused',
    title: 'warns of 60 points that were refused for good in 25 minutes, once exports are taken',
    series: [
      // The first that is taken still has the value before (test/e2e/outage/refused.test.ts).
      sampled(
        REJECTED,
        { ...labelsOf(NODE), error_type: 'rejected' },
        (second) => (second <= minutes(17) || second === minutes(42) ? 0 : second > minutes(42) ? 60 : undefined),
        { until: UNTIL },
      ),
    ],
    at: minutes(45),
    firing: [{ severity: 'warning', labels: NODE, value: 60 }],
  },
  {
    alert: 'EnaOtelExportsRefused',
    title: 'is silent about requests that failed and were repeated until they were taken',
    series: [
      sampled(EXPORT_FAILURES, labelsOf(NODE), rising(minutes(20), 1, 30), { until: UNTIL }),
      sampled(EXPORT_RETRIES, labelsOf(NODE), rising(minutes(20), 1, 30), { until: UNTIL }),
      sampled(REJECTED, { ...labelsOf(NODE), error_type: 'rejected' }, () => 0, { until: UNTIL }),
    ],
    at: minutes(23),
    firing: [],
  },
  {
    alert: 'EnaOtelSeriesCut',
    title: 'warns of 340 series over the limit',
    series: [sampled(SERIES_CUT, labelsOf(NODE), between(minutes(10), minutes(60), 340), { until: UNTIL })],
    at: minutes(22),
    firing: [{ severity: 'warning', labels: NODE, value: 340 }],
  },
  {
    alert: 'EnaOtelSeriesCut',
    title: 'is silent about interfaces that come and go within minutes',
    series: [sampled(SERIES_CUT, labelsOf(NODE), between(minutes(10), minutes(15), 340), { until: UNTIL })],
    at: minutes(15) + 30,
    firing: [],
  },
  {
    alert: 'EnaOtelSamplingSlow',
    title: 'warns of counters that are read every 8 seconds',
    series: [sampled(SAMPLE_INTERVAL, labelsOf(NODE), between(minutes(10), minutes(60), 8, 1), { until: UNTIL })],
    at: minutes(27),
    firing: [{ severity: 'warning', labels: NODE, value: 8 }],
  },
  {
    alert: 'EnaOtelSamplingSlow',
    title: 'is silent about a slow time of ten minutes, and about two seconds instead of one',
    series: [
      sampled(SAMPLE_INTERVAL, labelsOf(NODE), between(minutes(10), minutes(20), 30, 1), { until: UNTIL }),
      sampled(SAMPLE_INTERVAL, labelsOf(OTHER_NODE), () => 2, { until: UNTIL }),
    ],
    at: minutes(20) + 30,
    firing: [],
  },
]

/** A value from a second until another, and otherwise. */
function between(from: number, to: number, value: number, otherwise = 0): (second: number) => number {
  return (second) => (second >= from && second < to ? value : otherwise)
}

/** What an agent says of its queue of 8 MiB: how old the oldest in it is, in seconds, and how full it is, 0 to 1. */
function queue(age: (second: number) => number, full: (second: number) => number): readonly Series[] {
  const capacity = 8 * 1024 * 1024
  return [
    sampled(QUEUE_AGE, labelsOf(NODE), age, { until: UNTIL }),
    sampled(QUEUE_SIZE, labelsOf(NODE), (second) => full(second) * capacity, { until: UNTIL }),
    sampled(QUEUE_CAPACITY, labelsOf(NODE), () => capacity, { until: UNTIL }),
  ]
}
