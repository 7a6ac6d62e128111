import { collector } from '../../src/names.ts'
import { rising, sampled, type Series } from '../series.ts'
import { type AlertCase, minutes } from './case.ts'

const COLLECTOR = { k8s_cluster_name: 'blue', job: 'ena-otel-collector', instance: 'ena-otel-collector-6d5f9' }
const OTLP = { receiver: 'otlp', transport: 'grpc' }
const REMOTE_WRITE = { exporter: 'prometheusremotewrite' }
const UNTIL = minutes(40)

/** What it counts, each for five minutes from minute 10, a minute apart; with the suffix of its exporter or without. */
function counts(
  perSecond: { accepted: number; refused?: number; notSent?: number; notQueued?: number },
  suffix = '_total',
): readonly Series[] {
  const { accepted, refused = 0, notSent = 0, notQueued = 0 } = perSecond
  const each = (name: Parameters<typeof collector>[0], labels: object, valueAt: (second: number) => number): Series =>
    sampled(`${collector(name)}${suffix}`, { ...COLLECTOR, ...labels }, valueAt, { until: UNTIL, every: 60 })
  const during = (rate: number) => rising(minutes(10), rate, minutes(5))
  return [
    each('otelcol_receiver_accepted_metric_points', OTLP, (second) => accepted * second),
    each('otelcol_receiver_refused_metric_points', OTLP, during(refused)),
    each('otelcol_exporter_send_failed_metric_points', REMOTE_WRITE, during(notSent)),
    each('otelcol_exporter_enqueue_failed_metric_points', REMOTE_WRITE, during(notQueued)),
  ]
}

const LABELS = COLLECTOR

export const COLLECTOR_CASES: readonly AlertCase[] = [
  {
    alert: 'EnaOtelCollectorRefusing',
    title: 'warns when a third of the points are refused',
    series: counts({ accepted: 100, refused: 150, notSent: 150 }),
    at: minutes(22),
    firing: [{ severity: 'warning', labels: LABELS, value: 33 }],
  },
  {
    alert: 'EnaOtelCollectorRefusing',
    title: 'warns without the suffix, too',
    series: counts({ accepted: 100, refused: 150, notSent: 150 }, ''),
    at: minutes(22),
    firing: [{ severity: 'warning', labels: LABELS, value: 33 }],
  },
  {
    alert: 'EnaOtelCollectorRefusing',
    title: 'is silent about 3 %, which agents send again at once',
    series: counts({ accepted: 100, refused: 10, notSent: 10 }),
    at: minutes(22),
    firing: [],
  },
  {
    alert: 'EnaOtelCollectorDropping',
    title: 'warns of points that it could not send and had not refused, or could not queue',
    series: counts({ accepted: 100, notSent: 2, notQueued: 1 }),
    at: minutes(20),
    firing: [{ severity: 'warning', labels: LABELS, value: 900 }],
  },
  {
    alert: 'EnaOtelCollectorDropping',
    title: 'is silent when it refused what it could not send, as the agents have it',
    series: counts({ accepted: 100, refused: 150, notSent: 150 }),
    at: minutes(20),
    firing: [],
  },
]
