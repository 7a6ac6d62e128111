// The five limits of EC2 that the ENA driver counts. Each has two tiers: a warning when packets were lost, critical when that lasts.
//
// Why 5 minutes: `increase` sees a rise only if the samples before and after it are both in the window. Samples of a quiet counter are 15 s
// apart. A window must therefore be longer than interval + 15 s, and 15 s longer for each failed export. The published `rate(x[30s])`,
// evaluated every 60 s, sees one burst in four. Five minutes also include late samples.
// Why seconds: the agent counts the seconds in which a counter rose. 500 packets in one second are a burst, 500 in 100 seconds an outage.
// Bandwidth is different: TCP adapts to it, and a backup or an image may use all of it for minutes. Half of the time is therefore a warning.
// Critical is every second for 15 minutes: the demand is higher than the limit, and what an instance may use above its baseline lasts for
// 5 to 60 minutes (EC2 User Guide, "Amazon EC2 instance network bandwidth").
import { ALLOWANCE, CLUSTER, ENI, exported, INTERFACE, NODE, PER_ENI, PER_NODE } from '../names.ts'
import { type AlertRule, label, type RuleGroup, VALUE } from '../rule.ts'
import { threshold, type ThresholdName } from '../thresholds.ts'
import { DNS_RULES } from './dns.ts'

interface Allowance {
  readonly alert: string
  /** The value of the attribute ena.allowance.name. */
  readonly name: string
  /** What the limit applies to: EC2 User Guide, "Monitor network performance for ENA settings on your EC2 instance". */
  readonly scope: 'ENI' | 'instance'
  readonly limit: string
  readonly packets: ThresholdName
  readonly seconds: ThresholdName
  /** Bandwidth: so many seconds are a warning, however few the packets, and more are critical only when they last. */
  readonly shaped?: { readonly seconds: ThresholdName; readonly lasting: string }
  /** What users notice, as whole sentences. */
  readonly burst: string
  readonly lasting: string
}

const ALLOWANCES: readonly Allowance[] = [
  {
    alert: 'LinkLocalAllowanceExceeded',
    name: 'linklocal',
    scope: 'ENI',
    limit: 'the limit of 1024 packets a second to link-local services',
    packets: 'linkLocalExceededPackets',
    seconds: 'linkLocalThrottledSeconds',
    burst:
      'Each is a lost DNS query, metadata (IMDS) request or time request. A lost query is repeated after seconds, so single requests were slow.',
    lasting:
      'Names resolve slowly or not at all for the pods whose DNS goes through this ENI, and credentials from IMDS may not be renewed.',
  },
  {
    alert: 'BWINAllowanceExceeded',
    name: 'bw_in',
    scope: 'instance',
    limit: "the instance's limit of inbound bandwidth",
    packets: 'bwInExceededPackets',
    seconds: 'bwInThrottledSeconds',
    shaped: { seconds: 'bwInThrottledWarningSeconds', lasting: '10m' },
    burst: 'Inbound traffic of the pods was slower for a moment; UDP lost packets.',
    lasting:
      'All pods of the node receive at the speed of the limit: downloads and replies take longer, UDP loses packets.',
  },
  {
    alert: 'BWOutAllowanceExceeded',
    name: 'bw_out',
    scope: 'instance',
    limit: "the instance's limit of outbound bandwidth",
    packets: 'bwOutExceededPackets',
    seconds: 'bwOutThrottledSeconds',
    shaped: { seconds: 'bwOutThrottledWarningSeconds', lasting: '10m' },
    burst: 'Outbound traffic of the pods was slower for a moment; UDP lost packets.',
    lasting:
      'All pods of the node send at the speed of the limit: responses and uploads take longer, UDP loses packets.',
  },
  {
    alert: 'PPSAllowanceExceeded',
    name: 'pps',
    scope: 'instance',
    limit: "the instance's limit of packets a second",
    packets: 'ppsExceededPackets',
    seconds: 'ppsThrottledSeconds',
    burst: 'Requests of any pod on the node may have been retransmitted and slow for a moment.',
    lasting: 'All pods of the node lose packets in both directions: requests are slow or time out, DNS included.',
  },
  {
    alert: 'ConntrackAllowanceExceeded',
    name: 'conntrack',
    scope: 'instance',
    limit: "the instance's limit of tracked connections",
    packets: 'conntrackExceededPackets',
    seconds: 'conntrackThrottledSeconds',
    burst: 'Each is a connection that could not be opened, from or to a pod of the node.',
    lasting:
      'New connections to and from the pods of the node time out, and open ones continue. New clients and health checks fail.',
  },
]

const EXCEEDED = exported('ena.allowance.exceeded')
const THROTTLED = exported('ena.allowance.throttled.time')

/** A burst every few minutes is one incident, not ten. */
const KEEP_FIRING = '10m'

/** One group for each limit, the link-local one with the alerts about DNS. */
export const ALLOWANCE_GROUPS: readonly RuleGroup[] = ALLOWANCES.map((allowance) => ({
  name: `ena-otel.allowance.${allowance.name}`,
  interval: '30s',
  queryOffset: '0s', // a late sample can only add packets; what comes more than 5 minutes late is AllowanceExceededLate's
  rules: [...(allowance.name === 'linklocal' ? DNS_RULES : []), burst(allowance), lasting(allowance)],
}))

function burst({ alert, name, scope, limit, packets, shaped, burst }: Allowance): AlertRule {
  const { by, where } = scopeOf(scope)
  const lost = `sum by (${by}) (increase(${EXCEEDED}{${ALLOWANCE}="${name}"}[5m]))`
  return {
    alert,
    expr:
      `${lost} > ${threshold(packets)}` +
      (shaped ? ` or (${lost} and ${throttled(by, name)} > ${threshold(shaped.seconds)})` : ''),
    keepFiringFor: KEEP_FIRING,
    severity: 'warning',
    summary: `About ${VALUE} packets exceeded ${limit} in 5 minutes on ${where}`,
    description: `AWS queued or dropped about ${VALUE} packets on ${where} in 5 minutes, because ${limit} was exceeded. ${burst}`,
    dashboard: name === 'linklocal' ? 'dns' : 'node',
  }
}

/** The seconds of an instance are those of its worst ENI: two that are throttled in one second are not two seconds. */
function throttled(by: string, name: string): string {
  return `max by (${by}) (increase(${THROTTLED}{${ALLOWANCE}="${name}"}[5m]))`
}

function lasting({ alert, name, scope, limit, seconds, shaped, lasting }: Allowance): AlertRule {
  const { by, where } = scopeOf(scope)
  return {
    alert,
    expr: `${throttled(by, name)} > ${threshold(seconds)}`,
    ...(shaped && { for: shaped.lasting }),
    keepFiringFor: KEEP_FIRING,
    severity: 'critical',
    summary: `In ${VALUE} seconds of 5 minutes, ${where} exceeded ${limit}`,
    description: `In ${VALUE} of the last 300 seconds, AWS queued or dropped packets on ${where}, because ${limit} was exceeded. ${lasting}`,
    dashboard: name === 'linklocal' ? 'dns' : 'node',
  }
}

function scopeOf(scope: Allowance['scope']): { readonly by: string; readonly where: string } {
  const node = `node ${label(NODE)} of cluster ${label(CLUSTER)}`
  if (scope === 'instance') return { by: PER_NODE, where: node }
  return { by: PER_ENI, where: `${label(INTERFACE)} (${label(ENI)}) of ${node}` }
}
