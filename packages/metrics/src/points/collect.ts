// From the series of a sweep to the points of an export.
import { hostname } from 'node:os'

import type { Ethtool } from '@ena-otel/ethtool'

import { type Attachment, trackedCounters } from '../sampling/attachments.ts'
import { type Clock, systemClock } from '../sampling/clock.ts'
import { type LinkFacts, readLinkFacts } from '../interfaces/link-facts.ts'
import { addCompatibility } from '../compatibility/compatibility.ts'
import { type Attributes, type Collection, createCollection, type Extract, type MetricPoints } from './points.ts'
import { createProblems } from '../sampling/problems.ts'
import type { TrackedCounter } from '../sampling/tracker.ts'
import type { Counts } from '../sampling/counts.ts'
import type { Sweep } from '../sampling/sweep.ts'
import type { ResourceAttributes } from '../resource/attributes.ts'
import type { Ecosystem } from '../compatibility/ecosystems.ts'
import type { Log } from '../log.ts'

export interface Collector {
  /**
   * All that has happened since it was called last. `changed`: only the series that rose after they were quiet, with their peak and
   * throttled seconds as far as they are known; the next call with `all` goes on from there and tells the peak of the whole time.
   */
  readonly collect: (extract?: Extract) => readonly MetricPoints[]
}

export interface CollectorSource {
  readonly sweep: Sweep
  readonly ethtool: Ethtool
  readonly counts: Counts
  /** The id of the ENI with this MAC; `undefined` while it is unknown. */
  readonly eniId: (mac: string) => string | undefined
  readonly attributes: () => ResourceAttributes
  readonly log: Log
}

export interface CollectorOptions {
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory'
  readonly compat: readonly Ecosystem[]
  readonly sysfs: string
}

/** Deltas begin with it: what was counted before is nobody's to send again at each start of the agent. */
export function createCollector(
  agent: CollectorSource,
  { temporality, compat, sysfs }: CollectorOptions,
  clock: Clock = systemClock,
): Collector {
  const { sweep } = agent
  const deltaSince = temporality === 'delta' ? clock.now() : undefined
  const problems = createProblems(agent.log)

  const addInterface = (collection: Collection, attachment: Attachment, extract: Extract): void => {
    const { name, mac } = attachment.interface
    const eni = agent.eniId(mac)
    const attributes: Attributes = { 'network.interface.name': name, ...(eni && { 'ena.eni.id': eni }) }
    collection.add({ counters: trackedCounters(attachment), attributes }, extract)
  }

  const addInterfaces = (collection: Collection, extract: Extract): void => {
    // Before the others, also in an early export: an ENI that came back goes on in the same series.
    for (const attachment of sweep.takeEnded()) addInterface(collection, attachment, 'all')
    for (const attachment of sweep.attachments()) addInterface(collection, attachment, extract)
  }

  /** Before our own, which take note of what was exported: what can't be read for an hour a store would refuse, with all that comes with it. */
  const addOtherNames = (collection: Collection): void => {
    const interfaces = sweep.attachments().flatMap((attachment) => {
      const counters = unexported(trackedCounters(attachment))
      if (counters.length === 0) return []
      return [{ interface: attachment.interface, counters, link: linkOf(attachment.interface.name) }]
    })
    const host = { name: hostname(), instanceId: agent.attributes()['host.id'] }
    const conntrack = unexported(sweep.conntrack()?.tracked() ?? [])
    addCompatibility(collection, compat, { interfaces, conntrack, host }, deltaSince !== undefined)
  }

  /** Without it the names that need it are left out of this export. */
  const linkOf = (name: string): LinkFacts | undefined => {
    try {
      const link = readLinkFacts(agent.ethtool, sysfs, name)
      problems.report(`${name} link`, undefined)
      return link
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error
      agent.counts.failures.ethtool++
      problems.report(`${name} link`, (error as Error).message, error)
      return undefined
    }
  }

  return {
    collect: (extract = 'all') => {
      const collection = createCollection(deltaSince)
      if (compat.length > 0 && extract === 'all') addOtherNames(collection)
      addInterfaces(collection, extract)
      const conntrack = sweep.conntrack()
      if (conntrack) collection.add({ counters: conntrack.tracked(), attributes: {} }, extract)
      return collection.metrics()
    },
  }
}

/** Those that have a sample which no export has told. */
function unexported(counters: Iterable<TrackedCounter>): readonly TrackedCounter[] {
  return [...counters].filter(({ series }) => series.time !== series.exportedTime)
}
