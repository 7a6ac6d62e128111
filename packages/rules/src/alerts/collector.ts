// The collectors: points that they refuse, which agents send again, and points that they drop, which are lost.
//
// A collector without a queue passes each failure of the workspace on: what it fails to send, it has also refused, and the agent keeps it.
// What it failed to send and did not refuse is lost: its queue was full, or the workspace refused a batch of its queue.
import { CLUSTER, collector } from '../names.ts'
import { label, type RuleGroup, VALUE } from '../rule.ts'
import { threshold } from '../thresholds.ts'

const PER_COLLECTOR = `${CLUSTER}, job, instance`
const COLLECTOR = `collector ${label('instance')} (${label('job')}) of cluster ${label(CLUSTER)}`

/** Some versions of the collector add `_total` to its own counters, and so does its exporter. */
const increase = (name: Parameters<typeof collector>[0], labels = ''): string =>
  `(increase(${collector(name)}_total${labels}[15m]) or increase(${collector(name)}${labels}[15m]))`
const sum = (vector: string): string => `sum by (${PER_COLLECTOR}) (${vector})`

const REFUSED = increase('otelcol_receiver_refused_metric_points')
const REFUSED_TO_AGENTS = sum(increase('otelcol_receiver_refused_metric_points', '{receiver="otlp"}'))
const ACCEPTED = sum(increase('otelcol_receiver_accepted_metric_points', '{receiver="otlp"}'))
/** Another label, as both have the same. */
const NOT_QUEUED = `label_replace(${increase('otelcol_exporter_enqueue_failed_metric_points')}, "failed", "enqueue", "", "")`
const NOT_SENT = sum(`${increase('otelcol_exporter_send_failed_metric_points')} or ${NOT_QUEUED}`)

export const COLLECTOR_GROUP: RuleGroup = {
  name: 'ena-otel.collector',
  interval: '1m',
  queryOffset: '0s', // what is divided and subtracted is of one scrape
  rules: [
    {
      alert: 'EnaOtelCollectorRefusing',
      expr: `100 * ${REFUSED_TO_AGENTS} / (${ACCEPTED} + ${REFUSED_TO_AGENTS}) > ${threshold('collectorRefusedPercent')}`,
      for: '5m',
      severity: 'warning',
      summary: `${VALUE} % of the points are refused by ${COLLECTOR}`,
      description:
        `In 15 minutes, ${COLLECTOR} refused ${VALUE} % of the points that agents sent. They keep them and send them again, for 55 minutes (agent.queueAge). ` +
        'Alerts come late. The workspace takes too little, or the collector has no memory left.',
      dashboard: 'fleet',
    },
    {
      alert: 'EnaOtelCollectorDropping',
      expr: `${NOT_SENT} - ${sum(REFUSED)} > ${threshold('collectorDropped')}`,
      keepFiringFor: '10m',
      severity: 'warning',
      summary: `About ${VALUE} points were dropped in 15 minutes by ${COLLECTOR}`,
      description:
        `In 15 minutes, ${COLLECTOR} accepted about ${VALUE} points that it could not deliver, so nobody sends them again. ` +
        'Totals are complete with the next points. The time and height of bursts in these points are lost, and alerts about them may be missing.',
      dashboard: 'fleet',
    },
  ],
}
