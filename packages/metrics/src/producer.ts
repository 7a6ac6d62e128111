// A node's network counters as a MetricProducer: the parts of this package, put together.
import { type LinkWatch, openEthtool, watchLinks } from '@ena-otel/ethtool'
import type { MeterProvider } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import type { CollectionResult, MetricProducer, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics'

import type { Ecosystem } from './compatibility/ecosystems.ts'
import { diagLog } from './diag-log.ts'
import { bootTime } from './interfaces/boot-time.ts'
import { whyNothingIsRead } from './interfaces/pod-network.ts'
import { createSelection } from './interfaces/selection.ts'
import { watchInterfaces } from './interfaces/watch.ts'
import type { Log } from './log.ts'
import { observe, SAMPLING_METRICS } from './own-metrics.ts'
import { lastPoints, SCOPE, toScopeMetrics } from './points/metric-data.ts'
import { createNodePoints } from './node-points.ts'
import type { Wanted } from './points/points.ts'
import { dmiAttributes, readDmi } from './resource/dmi.ts'
import { imdsEndpoint } from './resource/imds-endpoint.ts'
import { createImds, type Imds } from './resource/imds.ts'
import { type AttachedInterface, attachedInterfaces } from './sampling/attached-interfaces.ts'
import type { Attachment } from './sampling/attachments.ts'
import { type MonotonicClock, processClock } from './sampling/clock.ts'
import { createCounts } from './sampling/counts.ts'
import { createSampler } from './sampling/sampler.ts'
import { createSweep } from './sampling/sweep.ts'

export interface EnaMetricProducerOptions {
  /** Globs of interface names to read as well, with or without a device; `!glob` excludes names. */
  readonly include?: readonly string[]
  /** Globs of interface names that are never read. */
  readonly exclude?: readonly string[]
  /** Globs of drivers; `!glob` excludes one. Default: `ena`, or, where no interface has that driver, every interface with a device. */
  readonly driver?: readonly string[]
  /** Other ethtool statistics to read, by name. */
  readonly statistics?: Pick<RegExp, 'test'> | undefined
  /** Exporters whose metric names are added. */
  readonly compat?: readonly Ecosystem[]
  /** Milliseconds from one sample to the next, default 1000; Infinity: sample only when `collect` is called. */
  readonly sampleInterval?: number
  /** `changes` (default): last value and peak of busy counters, every change of quiet ones. `full`: every change of every counter. */
  readonly detail?: 'changes' | 'full'
  /** `all` (default): every point since the last collection. `last`: the last point of each series, for pull exporters. */
  readonly points?: 'all' | 'last'
  /** Temporality of counters, default `cumulative`. */
  readonly temporality?: 'cumulative' | 'delta'
  /** Where sysfs and procfs are mounted, default `/sys` and `/proc`. */
  readonly sysfs?: string
  readonly procfs?: string
  /** The instance metadata service, which knows the ids of ENIs. Default: the one that the AWS SDK's variables name. */
  readonly imds?: Imds
  /** The instance's id for names of other exporters. Default: what DMI says. */
  readonly instanceId?: () => string | undefined
  /** Default: `diag` of @opentelemetry/api. */
  readonly log?: Log
  /** Default: one clock for the process, whose times never go back. */
  readonly clock?: MonotonicClock
}

export interface EnaMetricProducer extends MetricProducer, Disposable {
  /**
   * Reads every counter and returns all points since the last call, each with the time at which its sweep began and the start time of its series.
   * One reader per producer: what one call returned, the next does not. Never rejects.
   */
  readonly collect: () => Promise<CollectionResult>
  /**
   * The points of the counters that rose after they were quiet, and the changes of all others, without reading. `collect` continues after
   * them, and returns no counter's change that is older. Empty when nothing changed.
   */
  readonly collectRisen: () => readonly ScopeMetrics[]
  /** Reads every counter now, also while reading is slow: before the last collection. */
  readonly sample: () => void
  /** Sets what is called after a sample in which a usually quiet counter rose: `collectRisen` has points. One listener at a time. */
  readonly onRise: (listener: () => void) => void
  /** Reports the producer's own metrics (`ena_otel.*`) through a meter of this provider. */
  readonly setMeterProvider: (provider: MeterProvider) => void
  /** The interfaces of the last sample, in the order of their attachment. */
  readonly interfaces: () => readonly AttachedInterface[]
  /** What can't be read at the moment, and why, by what it is (`eth0 ethtool`). */
  readonly problems: () => ReadonlyMap<string, string>
  /** Why no interface is read, in one line that says what to do; `undefined` while some are. */
  readonly nothingRead: () => string | undefined
  /** When the last sample began, milliseconds since the epoch. */
  readonly lastSampleTime: () => number
  /** Time between samples now, milliseconds: longer than configured while reading is slow. Infinity without a timer. */
  readonly sampleInterval: () => number
  /** Asks the metadata service for ENI ids that are unknown. Fulfilled with its answer; never rejects. */
  readonly findEniIds: () => Promise<void>
}

/**
 * Opens the counters, takes a first sample, and samples on a timer that does not keep the process alive.
 *
 * @throws Error with one line when this machine can't be read: not Linux, no /proc/stat; and for a text that is not a glob
 */
export function createEnaMetricProducer(options: EnaMetricProducerOptions = {}): EnaMetricProducer {
  const { sysfs = '/sys', procfs = '/proc', log = diagLog(), clock = processClock } = options
  const { temporality = 'cumulative', points = 'all', sampleInterval = 1_000 } = options
  const ethtool = openEthtool()
  const counts = createCounts()
  const links = sysfs === '/sys' ? openLinkWatch(log) : undefined
  const { include = [], exclude = [], driver = [] } = options
  const parts = { ethtool, sysfs, clock, counts, log }
  const sweep = createSweep({
    ...parts,
    watch: watchInterfaces(sysfs, createSelection({ include, exclude, driver }), links && (() => links.changed())),
    procfs,
    statistics: options.statistics,
    detail: options.detail ?? 'changes',
    bootTime: bootTime(procfs),
  })
  const dmi = dmiAttributes(readDmi({ sysfs }, log))
  const imds = options.imds ?? openImds(dmi, log)
  const eniId = (mac: string): string | undefined => imds.eniId(mac)
  const nodePoints = createNodePoints({
    ...parts,
    sweep,
    eniId,
    instanceId: options.instanceId ?? (() => dmi['host.id']),
    temporality,
    compat: options.compat ?? [],
    repeats: points === 'last',
  })

  const findEniIds = (): Promise<void> =>
    imds.resolve(sweep.attachments().flatMap(({ interface: { mac, bus } }) => (bus === undefined ? [] : [mac])))
  let attached: readonly Attachment[] | undefined
  let nothingRead: string | undefined
  let listener: (() => void) | undefined
  const onAttached = (): void => {
    const now = sweep.attachments()
    if (now === attached && now.length > 0) return
    attached = now
    const reason = whyNothingIsRead(now.length, sweep.all(), ethtool)
    if (reason !== undefined && reason !== nothingRead) log.error({}, reason)
    nothingRead = reason
    void findEniIds()
  }
  const onSample = (hasRisen: boolean): void => {
    onAttached()
    if (hasRisen) listener?.()
  }
  const sampler = createSampler({ sweep, sampleInterval, clock, log, onSample })
  const collect = (wanted: Wanted): readonly ScopeMetrics[] => {
    const metrics = nodePoints(wanted)
    return toScopeMetrics(points === 'last' ? metrics.map(lastPoints) : metrics, temporality)
  }
  return {
    onRise: (next) => {
      listener = next
    },
    collect: async () => {
      try {
        sampler.sampleBeforeCollection()
        void findEniIds()
        return result(collect('all'), [])
      } catch (error) {
        return result([], [error])
      }
    },
    collectRisen: () => collect('risen'),
    sample: sampler.sample,
    setMeterProvider: (provider) =>
      observe(provider.getMeter(SCOPE.name, SCOPE.version), SAMPLING_METRICS, () => ({
        counts,
        interfaces: sweep.attachments().length,
        longestIntervalMs: sampler.longestIntervalMs(),
      })),
    interfaces: () => attachedInterfaces(sweep, eniId),
    problems: sweep.problems,
    nothingRead: () => nothingRead,
    lastSampleTime: sampler.lastSampleTime,
    sampleInterval: sampler.intervalMs,
    findEniIds,
    [Symbol.dispose]: () => {
      sampler.close()
      sweep.close()
      links?.close()
      if (options.imds === undefined) imds.close()
      ethtool.close()
    },
  }
}

function result(scopeMetrics: readonly ScopeMetrics[], errors: unknown[]): CollectionResult {
  const resourceMetrics: ResourceMetrics = { resource: emptyResource(), scopeMetrics: [...scopeMetrics] }
  return { resourceMetrics, errors }
}

/** Not on a machine that is known to be no EC2 instance: nobody answers there. */
function openImds(dmi: Readonly<Record<string, string | undefined>>, log: Log): Imds {
  const isEc2 = dmi['cloud.provider'] === 'aws'
  return createImds({ endpoint: imdsEndpoint({ env: process.env, amazonEc2: isEc2 }, log), expected: isEc2, log })
}

/** Without announcements (a sandbox that allows no netlink socket) the list of interfaces is read at each look. */
function openLinkWatch(log: Log): LinkWatch | undefined {
  try {
    return watchLinks()
  } catch (error) {
    const reason = (error as Error).message
    log.warn({ err: error }, `interfaces: no announcements from the kernel, they are listed instead: ${reason}`)
    return undefined
  }
}
