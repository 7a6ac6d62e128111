// The parts that every command needs, put together from the configuration: what reads, what it is called, who it is.
import { hostname } from 'node:os'

import { type Ethtool, type LinkWatch, openEthtool, watchLinks } from '@ena-otel/ethtool'

import type { Attachment } from '@ena-otel/metrics/src/sampling/attachments.ts'
import { systemClock } from '@ena-otel/metrics/src/sampling/clock.ts'
import { DEFAULTS, type LoadedConfig } from './config/load.ts'
import { createCounts, type Counts } from '@ena-otel/metrics/src/sampling/counts.ts'
import { bootTime } from '@ena-otel/metrics/src/interfaces/boot-time.ts'
import { whyNothingIsRead } from '@ena-otel/metrics/src/interfaces/pod-network.ts'
import { createSelection } from '@ena-otel/metrics/src/interfaces/selection.ts'
import { watchInterfaces } from '@ena-otel/metrics/src/interfaces/watch.ts'
import type { Log } from '@ena-otel/metrics/src/log.ts'
import type { Extent } from '@ena-otel/metrics/src/readers/block.ts'
import type { ResourceAttributes } from '@ena-otel/metrics/src/resource/attributes.ts'
import { detectResource } from '@ena-otel/metrics/src/resource/detect.ts'
import type { Environment } from '@ena-otel/metrics/src/resource/environment.ts'
import { imdsEndpoint } from '@ena-otel/metrics/src/resource/imds-endpoint.ts'
import { createImds } from '@ena-otel/metrics/src/resource/imds.ts'
import type { InstanceIdentity } from '@ena-otel/metrics/src/resource/instance-identity.ts'
import { createSweep, type Sweep } from '@ena-otel/metrics/src/sampling/sweep.ts'
import { VERSION } from './version.ts'

export interface Agent {
  readonly log: Log
  /**
   * Reads once, to this extent. Asks the metadata service in the background for the ids of ENIs that are new. True when there is
   * something to export at once (`Sweep.run`).
   */
  readonly sample: (extent: Extent) => boolean
  /** Looks for interfaces, and reads those that are new: for when samples are more than a second apart. */
  readonly look: () => void
  readonly sweep: Sweep
  readonly counts: Counts
  readonly ethtool: Ethtool
  /** The resource as far as it is known: with the instance's identity once `identify` has found it. */
  readonly attributes: () => ResourceAttributes
  /** Asks the metadata service for what isn't known yet, where that is due, and waits for its answer. Never rejects; may take seconds. */
  readonly identify: () => Promise<void>
  /** The id of the ENI with this MAC; `undefined` while it isn't known. */
  readonly eniId: (mac: string) => string | undefined
  /** Why no interface is read, in one line; `undefined` when some are. True of the last sample. */
  readonly whyNothingIsRead: () => string | undefined
  readonly close: () => void
}

/** @throws Error with one line when this machine can't be read: not Linux, no /proc/stat */
export function openAgent({ config }: LoadedConfig, env: Environment, log: Log): Agent {
  const { sysfs, procfs, clusterName, nodeName } = config
  const ethtool = openEthtool()
  const counts = createCounts()
  counts.sampleIntervalMs = config.sampleInterval
  // The kernel's announcements are about the interfaces of its own sysfs.
  const links = sysfs === DEFAULTS.sysfs ? announcements(log) : undefined
  const watch = watchInterfaces(sysfs, createSelection(config), links && (() => links.changed()))
  const sweep = createSweep({
    ethtool,
    watch,
    sysfs,
    procfs,
    statistics: config.statistics,
    detail: config.detail,
    bootTime: bootTime(procfs),
    clock: systemClock,
    counts,
    log,
  })
  const detected = detectResource({
    env,
    sysfs,
    etc: '/etc',
    hostname: hostname(),
    version: VERSION,
    configured: { clusterName, nodeName },
    log,
  })
  const imds = createImds({
    endpoint: imdsEndpoint({ env, amazonEc2: detected.amazonEc2 }, log),
    expected: detected.amazonEc2 === true,
    log,
  })
  let { attributes } = detected
  let identity: InstanceIdentity | undefined
  let nothingRead: string | undefined

  const identify = async (): Promise<void> => {
    if (identity !== undefined) return
    identity = await imds.identity()
    attributes = detected.withIdentity(identity)
  }
  const findEniIds = (): Promise<void> =>
    imds.resolve(sweep.attachments().flatMap(({ interface: { mac, bus } }) => (bus === undefined ? [] : [mac])))
  let attached: readonly Attachment[] | undefined
  const onAttached = (): void => {
    const now = sweep.attachments()
    if (now === attached && now.length > 0) return
    attached = now
    nothingRead = whyNothingIsRead(now.length, sweep.all(), ethtool)
    void findEniIds()
  }

  return {
    log,
    sweep,
    counts,
    ethtool,
    attributes: () => attributes,
    eniId: (mac) => imds.eniId(mac),
    whyNothingIsRead: () => nothingRead,
    identify: async () => void (await Promise.all([identify(), findEniIds()])),
    look: () => {
      sweep.look()
      onAttached()
    },
    sample: (extent) => {
      const hasNews = sweep.run(extent)
      onAttached()
      return hasNews
    },
    close: () => {
      sweep.close()
      links?.close()
      imds.close()
      ethtool.close()
    },
  }
}

/** Without announcements (a sandbox that allows no netlink socket) the list of interfaces is read at each look. */
function announcements(log: Log): LinkWatch | undefined {
  try {
    return watchLinks()
  } catch (error) {
    log.warn(
      { err: error },
      `interfaces: no announcements from the kernel, they are listed instead: ${(error as Error).message}`,
    )
    return undefined
  }
}
