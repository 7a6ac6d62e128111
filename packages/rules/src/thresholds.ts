// The configurable thresholds, by name: `rules.thresholds.NAME` of the chart. In the rendered rule file, a threshold is `%{NAME}`, which
// the chart replaces. AWS publishes no figures for harmful values. Unless a row names a source, its default is our judgement.

export interface Threshold {
  readonly name: string
  readonly default: number
  readonly unit: string
  /** Completes "fires when". */
  readonly description: string
}

export const THRESHOLDS = [
  {
    name: 'linkLocalExceededPackets',
    default: 10,
    unit: 'packets in 5 minutes',
    description: 'LinkLocalAllowanceExceeded warns when an ENI lost more packets than this to the link-local limit',
  },
  {
    name: 'linkLocalThrottledSeconds',
    default: 30,
    unit: 'seconds of 5 minutes',
    description:
      'LinkLocalAllowanceExceeded is critical when an ENI was over the link-local limit in more seconds than this',
  },
  {
    name: 'bwInExceededPackets',
    default: 1000,
    unit: 'packets in 5 minutes',
    description:
      'BWINAllowanceExceeded warns when more packets than this were queued or dropped; TCP absorbs smaller numbers',
  },
  {
    name: 'bwInThrottledWarningSeconds',
    default: 150,
    unit: 'seconds of 5 minutes',
    description:
      'BWINAllowanceExceeded also warns when inbound traffic was shaped in more seconds than this, however few the packets',
  },
  {
    name: 'bwInThrottledSeconds',
    default: 270,
    unit: 'seconds of 5 minutes, for 10 minutes',
    description: 'BWINAllowanceExceeded is critical when inbound traffic was shaped in more seconds than this',
  },
  {
    name: 'bwOutExceededPackets',
    default: 1000,
    unit: 'packets in 5 minutes',
    description:
      'BWOutAllowanceExceeded warns when more packets than this were queued or dropped; TCP absorbs smaller numbers',
  },
  {
    name: 'bwOutThrottledWarningSeconds',
    default: 150,
    unit: 'seconds of 5 minutes',
    description:
      'BWOutAllowanceExceeded also warns when outbound traffic was shaped in more seconds than this, however few the packets',
  },
  {
    name: 'bwOutThrottledSeconds',
    default: 270,
    unit: 'seconds of 5 minutes, for 10 minutes',
    description: 'BWOutAllowanceExceeded is critical when outbound traffic was shaped in more seconds than this',
  },
  {
    name: 'ppsExceededPackets',
    default: 100,
    unit: 'packets in 5 minutes',
    description: 'PPSAllowanceExceeded warns when more packets than this were queued or dropped',
  },
  {
    name: 'ppsThrottledSeconds',
    default: 60,
    unit: 'seconds of 5 minutes',
    description:
      'PPSAllowanceExceeded is critical when the instance was over its packet rate in more seconds than this',
  },
  {
    name: 'conntrackExceededPackets',
    default: 0,
    unit: 'packets in 5 minutes',
    description:
      'ConntrackAllowanceExceeded warns when more packets than this were dropped; each is a connection that failed to open',
  },
  {
    name: 'conntrackThrottledSeconds',
    default: 10,
    unit: 'seconds of 5 minutes',
    description: 'ConntrackAllowanceExceeded is critical when connections failed to open in more seconds than this',
  },
  {
    name: 'conntrackAvailableWarningPercent',
    default: 20,
    unit: '% of the capacity seen',
    description: 'ConntrackAllowanceLow warns when fewer tracked connections than this are left',
  },
  {
    name: 'conntrackAvailableCriticalPercent',
    default: 5,
    unit: '% of the capacity seen',
    description: 'ConntrackAllowanceLow is critical when fewer tracked connections than this are left',
  },
  {
    name: 'conntrackAvailableWarning',
    default: 1000,
    unit: 'connections',
    description:
      'ConntrackAllowanceLow also warns when fewer tracked connections than this are left, as the capacity is only assumed',
  },
  {
    name: 'conntrackAvailableCritical',
    default: 200,
    unit: 'connections',
    description: 'ConntrackAllowanceLow is also critical when fewer tracked connections than this are left',
  },
  {
    name: 'conntrackExhaustionWarningMinutes',
    default: 60,
    unit: 'minutes',
    description:
      'ConntrackAllowanceExhaustion warns when, at the rate of the last 15 minutes, none is left sooner than this',
  },
  {
    name: 'conntrackExhaustionCriticalMinutes',
    default: 15,
    unit: 'minutes',
    description:
      'ConntrackAllowanceExhaustion is critical when, at the rate of the last 15 minutes, none is left sooner than this',
  },
  {
    name: 'conntrackTableWarningPercent',
    default: 80,
    unit: '% of nf_conntrack_max',
    description: "NodeConntrackTableFull warns when the kernel's table is fuller than this",
  },
  {
    name: 'conntrackTableCriticalPercent',
    default: 95,
    unit: '% of nf_conntrack_max',
    description: "NodeConntrackTableFull is critical when the kernel's table is fuller than this",
  },
  {
    name: 'conntrackInsertFailedEntries',
    default: 10,
    unit: 'entries in 5 minutes',
    description: 'NodeConntrackInsertFailed warns when more entries than this could not be inserted',
  },
  {
    name: 'linkLocalRatePackets',
    default: 700,
    unit: 'requests a second, over 2 minutes',
    description:
      'LinkLocalRateNearLimit warns when one CoreDNS forwards more than this to the VPC resolver (rules.vpcResolvers); the limit is 1024 packets in each second (AWS, AmazonDNS-concepts), and an average hides the seconds above it',
  },
  {
    name: 'dnsThrottledSeconds',
    default: 3,
    unit: 'seconds of 5 minutes',
    description: 'DnsThrottled needs more throttled seconds than this on one ENI; a second or two are a burst',
  },
  {
    name: 'dnsSlowPercent',
    default: 1,
    unit: '% of queries in 5 minutes',
    description: 'DnsThrottled fires when, in addition to throttling, more queries than this took longer than 1 second',
  },
  {
    name: 'dnsFailedPercent',
    default: 1,
    unit: '% of responses in 5 minutes',
    description: 'DnsThrottled fires when, in addition to throttling, more responses than this were SERVFAIL',
  },
  {
    name: 'corednsFailedPercent',
    default: 5,
    unit: '% of responses in 5 minutes',
    description: 'CorednsFailing warns when more responses of a node than this were SERVFAIL, and AWS dropped nothing',
  },
  {
    name: 'corednsFailedCriticalPercent',
    default: 10,
    unit: '% of responses in 5 minutes',
    description:
      'CorednsFailing is critical when more responses of a cluster than this were SERVFAIL, and AWS dropped nothing',
  },
  {
    name: 'upstreamFailedPercent',
    default: 5,
    unit: '% of forwarded requests in 5 minutes',
    description:
      'CorednsUpstreamFailing warns when an upstream answered more requests than this with SERVFAIL or REFUSED',
  },
  {
    name: 'upstreamSlowPercent',
    default: 5,
    unit: '% of forwarded requests in 5 minutes',
    description:
      'CorednsUpstreamFailing warns when an upstream answered more requests than this after more than a second',
  },
  {
    name: 'corednsPanics',
    default: 0,
    unit: 'panics in 15 minutes',
    description: 'CorednsPanics warns when one CoreDNS panicked more often than this',
  },
  {
    name: 'silentNodesPercent',
    default: 50,
    unit: '% of the nodes that reported in the last 50 minutes',
    description:
      'EnaOtelNodeSilent is critical when more nodes of a cluster than this are silent; then there is no warning for each',
  },
  {
    name: 'readsDiscarded',
    default: 30,
    unit: 'reads in 15 minutes',
    description:
      'EnaOtelReadsDiscarded warns when more reads than this were discarded; a driver reset alone causes a few',
  },
  {
    name: 'driverResets',
    default: 0,
    unit: 'resets in 15 minutes',
    description: 'EnaDriverReset warns when the driver counted more resets than this',
  },
  {
    name: 'queueAgeSeconds',
    default: 60,
    unit: 'seconds, for 3 minutes',
    description:
      'EnaOtelQueueFilling warns when the oldest point of an agent waits for longer than this; from 5 minutes on, the node counts as silent',
  },
  {
    name: 'queueFullPercent',
    default: 50,
    unit: '% of the queue, for 3 minutes',
    description: "EnaOtelQueueFilling warns when an agent's queue is fuller than this",
  },
  {
    name: 'pointsDropped',
    default: 0,
    unit: 'points in 15 minutes',
    description:
      'EnaOtelQueueFilling is critical when more points than this were dropped, because they were too old or the queue was full',
  },
  {
    name: 'lateExceededPackets',
    default: 10,
    unit: 'packets in 2 hours',
    description:
      'AllowanceExceededLate warns when a node whose points arrived more than 5 minutes late had more packets than this over a limit',
  },
  {
    name: 'lateConntrackPackets',
    default: 0,
    unit: 'packets in 2 hours',
    description:
      'AllowanceExceededLate warns when a node whose points arrived more than 5 minutes late had more packets than this over the limit of tracked connections',
  },
  {
    name: 'pointsRefused',
    default: 0,
    unit: 'points in 15 minutes',
    description: 'EnaOtelExportsRefused warns when the collector permanently refused more points than this',
  },
  {
    name: 'seriesCut',
    default: 0,
    unit: 'series, for 10 minutes',
    description: 'EnaOtelSeriesCut warns when a node has more series than this over its limit, which are not sent',
  },
  {
    name: 'sampleSeconds',
    default: 5,
    unit: 'seconds, for 15 minutes',
    description:
      'EnaOtelSamplingSlow warns when the counters are read less often than this; set it above agent.sampleInterval if that is longer',
  },
  {
    name: 'collectorRefusedPercent',
    default: 10,
    unit: '% of the points in 15 minutes, for 5 minutes',
    description: 'EnaOtelCollectorRefusing warns when a collector refused more points of the agents than this',
  },
  {
    name: 'collectorDropped',
    default: 0,
    unit: 'points in 15 minutes',
    description:
      'EnaOtelCollectorDropping warns when a collector accepted more points than this that it could not deliver',
  },
] as const satisfies readonly Threshold[]

export type ThresholdName = (typeof THRESHOLDS)[number]['name']

/**
 * Addresses of the VPC resolver, as CoreDNS's label `to` has them, for the token `%{vpcResolvers}`: the regular expression of the chart's
 * `rules.vpcResolvers`. The default matches the link-local addresses, and every address that ends in .2. AWS reserves the first four addresses
 * of each subnet, so another server can have such an address only in a subnet larger than /24. No backslash: PromQL would read it.
 */
export const VPC_RESOLVERS = '%{vpcResolvers}'
export const DEFAULT_VPC_RESOLVERS = '.+[.]2:53|169[.]254[.]169[.]253:53|.fd00:ec2::253.:53'

/** The default location of the runbooks, for the token `%{runbookBaseUrl}`. */
export const RUNBOOK_BASE_URL = 'https://github.com/ena-otel/ena-otel/blob/main/docs/runbooks'

/** The token for a threshold in an expression or an annotation. */
export function threshold(name: ThresholdName): string {
  return `%{${name}}`
}

/**
 * The text with defaults instead of tokens, for use without the chart. Nobody knows Grafana's address there, so annotations lack the link to
 * the dashboard.
 *
 * @throws RangeError for a token without a row
 */
export function withDefaults(text: string): string {
  return text.replace(/^ *dashboard_url: .*\n/gm, '').replace(/%\{(\w+)\}/g, (_, name: string) => {
    if (name === 'runbookBaseUrl') return RUNBOOK_BASE_URL
    if (name === 'vpcResolvers') return DEFAULT_VPC_RESOLVERS
    const row = THRESHOLDS.find((row) => row.name === name)
    if (!row) throw new RangeError(`thresholds.ts has no row ${name}`)
    return String(row.default)
  })
}
