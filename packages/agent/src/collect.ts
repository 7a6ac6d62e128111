// From the series of a sweep to the points of an export.
import { hostname } from 'node:os'

import type { Agent } from './agent.ts'
import { type Attachment, trackedCounters } from './attachments.ts'
import type { Config } from './config/options.ts'
import { type LinkFacts, readLinkFacts } from './interfaces/link-facts.ts'
import { addCompatibility } from './metrics/compatibility/compatibility.ts'
import { type Attributes, type Collection, createCollection, type MetricPoints } from './metrics/points.ts'

export interface Collector {
  /** All that has happened since it was called last. */
  readonly collect: () => readonly MetricPoints[]
}

export type CollectorSource = Pick<Agent, 'sweep' | 'ethtool' | 'counts' | 'eniId' | 'attributes'>
export type CollectorOptions = Pick<Config, 'temporality' | 'compat' | 'sysfs'>

export function createCollector(agent: CollectorSource, { temporality, compat, sysfs }: CollectorOptions): Collector {
  const { sweep } = agent
  const delta = temporality === 'delta'
  const before = new WeakMap<Attachment, Attributes>()

  const addInterfaces = (collection: Collection): void => {
    for (const attachment of sweep.attachments()) {
      const { name, mac } = attachment.interface
      const eni = agent.eniId(mac)
      const attributes: Attributes = { 'network.interface.name': name, ...(eni && { 'ena.eni.id': eni }) }
      const last = before.get(attachment)
      before.set(attachment, attributes)
      const renamed = last !== undefined && JSON.stringify(last) !== JSON.stringify(attributes)
      collection.add({ counters: trackedCounters(attachment), attributes, renamed })
    }
  }

  const addOtherNames = (collection: Collection): void => {
    const interfaces = sweep.attachments().map((attachment) => ({
      interface: attachment.interface,
      counters: trackedCounters(attachment),
      link: linkOf(attachment.interface.name),
    }))
    const host = { name: hostname(), instanceId: agent.attributes()['host.id'] }
    addCompatibility(collection, compat, { interfaces, conntrack: sweep.conntrack()?.tracked() ?? [], host }, delta)
  }

  /** Without it the names that need it are left out of this export; an interface that is gone is the sweep's to report. */
  const linkOf = (name: string): LinkFacts | undefined => {
    try {
      return readLinkFacts(agent.ethtool, sysfs, name)
    } catch {
      agent.counts.failures.ethtool++
      return undefined
    }
  }

  return {
    collect: () => {
      const collection = createCollection(delta)
      addInterfaces(collection)
      const conntrack = sweep.conntrack()
      if (conntrack) collection.add({ counters: conntrack.tracked(), attributes: {}, renamed: false })
      if (compat.length > 0) addOtherNames(collection)
      return collection.metrics()
    },
  }
}
