// All points of a node: its interfaces, its connection tracking, and the same under the names of other exporters.
import { hostname } from 'node:os'

import type { Ethtool } from '@ena-otel/ethtool'

import { addCompatibility } from './compatibility/compatibility.ts'
import type { Ecosystem } from './compatibility/ecosystems.ts'
import { identity } from './interfaces/interface.ts'
import { type LinkFacts, readLinkFacts } from './interfaces/link-facts.ts'
import type { Log } from './log.ts'
import { type Attachment, trackedCounters } from './sampling/attachments.ts'
import type { Clock } from './sampling/clock.ts'
import type { Counts } from './sampling/counts.ts'
import { createProblems } from './sampling/problems.ts'
import type { Sweep } from './sampling/sweep.ts'
import type { TrackedCounter } from './sampling/tracker.ts'
import { createAttributeSets } from './sampling/attribute-sets.ts'
import { type Attributes, type Collection, createCollection, type MetricPoints, type Wanted } from './points/points.ts'

export interface NodePointsParts {
  readonly sweep: Pick<Sweep, 'attachments' | 'onLeaving' | 'conntrack'>
  readonly ethtool: Ethtool
  readonly counts: Counts
  /** The id of the ENI with this MAC; `undefined` while it is unknown. */
  readonly eniId: (mac: string) => string | undefined
  /** The instance's id; `undefined` while it is unknown, and everywhere but on EC2. */
  readonly instanceId: () => string | undefined
  readonly temporality: 'cumulative' | 'delta'
  readonly compat: readonly Ecosystem[]
  readonly sysfs: string
  /** Collect series without a new sample again, with the time at which they were read. */
  readonly repeats?: boolean
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
}

/**
 * A function that returns the points since its last call. `risen`: the series that rose after they were quiet, with their peak and
 * throttled seconds so far, and the changes of the others; the next call with `all` continues from there and returns the peak of the
 * whole time.
 * With delta temporality, nothing that was counted before this call is returned: a restart must not send it again.
 */
export function createNodePoints(parts: NodePointsParts): (wanted: Wanted) => readonly MetricPoints[] {
  const { sweep, ethtool, counts, eniId, instanceId, temporality, compat, sysfs, repeats = false, clock, log } = parts
  const deltaSince = temporality === 'delta' ? clock.now() : undefined
  const problems = createProblems(log)

  const addInterface = (collection: Collection, attachment: Attachment, wanted: Wanted): void => {
    const { name, mac, index } = attachment.interface
    const eni = eniId(mac)
    const attributes: Attributes = { 'network.interface.name': name, ...(eni && { 'ena.eni.id': eni }) }
    const owner = `${identity(attachment.interface)} ${index} ${attachment.renames}`
    collection.add({ counters: trackedCounters(attachment), attributes, owner }, wanted)
  }

  /** Before our own names, which mark samples as exported. A store refuses a sample that is repeated for an hour, and its whole request. */
  const addOtherNames = (collection: Collection): void => {
    const interfaces = sweep.attachments().flatMap((attachment) => {
      const counters = exportable(trackedCounters(attachment), repeats)
      if (counters.length === 0) return []
      return [{ interface: attachment.interface, counters, link: linkOf(attachment.interface.name) }]
    })
    const host = { name: hostname(), instanceId: instanceId() }
    const conntrack = exportable(sweep.conntrack()?.tracked() ?? [], repeats)
    addCompatibility(collection, compat, { interfaces, conntrack, host }, deltaSince !== undefined)
  }

  /** `undefined` leaves the names that need it out of this collection. */
  const linkOf = (name: string): LinkFacts | undefined => {
    try {
      const link = readLinkFacts(ethtool, sysfs, name)
      problems.report(`${name} link`, undefined)
      return link
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error
      counts.failures.ethtool++
      problems.report(`${name} link`, (error as Error).message, error)
      return undefined
    }
  }

  const attributeSets = createAttributeSets()
  let newestTime = -Infinity
  const newest = (): number => {
    // After the wall clock was set back, nothing would be new enough. A pull exporter takes old samples again.
    if (repeats || newestTime > clock.now()) newestTime = -Infinity
    return newestTime
  }
  const begin = (): Collection => createCollection({ deltaSince, repeats, attributeSets, newest })
  /** What the next call returns: holds what was read of interfaces that have lost their names. */
  let next = begin()
  sweep.onLeaving((attachment) => addInterface(next, attachment, 'all'))

  return (wanted) => {
    const collection = next
    next = begin()
    if (compat.length > 0 && wanted === 'all') addOtherNames(collection)
    for (const attachment of sweep.attachments()) addInterface(collection, attachment, wanted)
    const conntrack = sweep.conntrack()
    if (conntrack) collection.add({ counters: conntrack.tracked(), attributes: {} }, wanted)
    const metrics = collection.metrics()
    for (const { points } of metrics) for (const { time } of points) newestTime = Math.max(newestTime, time)
    // The agent's own metrics, which are in the same export, have the time of the collection.
    if (wanted === 'all') newestTime = Math.max(newestTime, clock.now())
    return metrics
  }
}

/** Counters with a sample that no collection has returned; with `repeats`, all that were read. */
function exportable(counters: Iterable<TrackedCounter>, repeats: boolean): readonly TrackedCounter[] {
  return [...counters].filter(({ series }) => repeats || series.time !== series.exported.point?.time)
}
