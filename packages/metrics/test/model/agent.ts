// The agent in the model: the real sweep and collection on the model's kernel, and a record of each value that it accepted.
import { expect } from 'vitest'

import { createSelection } from '../../src/interfaces/selection.ts'
import { watchInterfaces } from '../../src/interfaces/watch.ts'
import type { Log } from '../../src/log.ts'
import { createNodePoints } from '../../src/node-points.ts'
import type { MetricPoints } from '../../src/points/points.ts'
import type { Coverage } from '../../src/readers/block.ts'
import { trackedCounters } from '../../src/sampling/attachments.ts'
import { monotonicClock } from '../../src/sampling/clock.ts'
import { createCounts } from '../../src/sampling/counts.ts'
import { isSampled, type Series } from '../../src/sampling/series.ts'
import { createSweep, type Sweep } from '../../src/sampling/sweep.ts'
import { COUNTERS } from '../../src/table.ts'
import type { History } from './history.ts'
import { earlyIdOf, idOf, ROWS } from './increase.ts'
import { BEGIN, type Device, type Kernel, type Key, KEYS } from './kernel.ts'

/** A value that the agent accepted, and the increase that a store must show once it is exported. */
export interface Accepted {
  readonly time: number
  readonly value: number
  expected: number
  /** The part of `expected` from before this agent started: its first sample continues the series of the previous agent. */
  readonly before: number
}

export interface AgentOptions {
  readonly temporality: 'cumulative' | 'delta'
  readonly detail: 'changes' | 'full'
  readonly hasIds: boolean
}

export interface Agent {
  /** By MAC address and counter. */
  readonly accepted: ReadonlyMap<string, readonly Accepted[]>
  /** The highest exported peak, by ENI id and counter. */
  readonly peaks: ReadonlyMap<string, number>
  /** Starts, or starts again after `stop` or `kill`. */
  readonly start: () => void
  /** Samples and exports everything, then ends. */
  readonly stop: () => void
  /** Ends without an export. */
  readonly kill: () => void
  /** Ends a sequence. */
  readonly close: () => void
  readonly sample: (coverage: Coverage) => void
  readonly exportNow: (wanted: 'all' | 'risen') => void
  /** The metadata service has answered: the ENI's id is known from now on. */
  readonly identify: (device: Device) => void
  /** Whether the agent reads the device. */
  readonly reads: (device: Device) => boolean
  /** Whether a value of each counter of the device was accepted since the agent started. */
  readonly hasRead: (device: Device) => boolean
  /** Whether the device's last points had its current attributes, or it had no points. */
  readonly isExportedAsNow: (device: Device) => boolean
  /** The device leaves, and will continue its series when it returns. */
  readonly remember: (device: Device) => void
}

const LOG: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** @param onExport gets what is exported */
export function createAgent(
  kernel: Kernel,
  { temporality, detail, hasIds }: AgentOptions,
  history: History,
  onExport: (metrics: readonly MetricPoints[]) => void,
): Agent {
  const { clock } = kernel
  const accepted = new Map<string, Accepted[]>()
  const peaks = new Map<string, number>()
  const identified = new Set<string>()
  /** The attributes of each counter's last points, from any agent. */
  const exportedAs = new Map<string, string>()
  let sweep: Sweep
  let collect: (wanted: 'all' | 'risen') => readonly MetricPoints[]
  // Since this agent started:
  let startTime = BEGIN
  let series: Map<string, Series>
  let exported: Set<string>
  let exportedUntil: Map<string, number | undefined>
  let read: WeakMap<Series, number>
  /** Indexes of the devices that counted before it started. */
  let olderDevices: Set<number>

  const nameOf = ({ eni: { mac } }: Device, key: Key): string => `${mac} ${key}`
  const eniId = (mac: string): string | undefined => {
    if (!hasIds) return undefined
    return identified.has(mac) ? idOf(mac) : earlyIdOf(mac)
  }

  const start = (): void => {
    startTime = clock.now()
    series = new Map()
    exported = new Set()
    exportedUntil = new Map()
    read = new WeakMap()
    const counts = createCounts()
    const agentClock = monotonicClock(clock)
    sweep = createSweep({
      ethtool: kernel.ethtool,
      watch: watchInterfaces(kernel.sysfs, createSelection({ include: [], exclude: [], driver: [] }), kernel.changed),
      sysfs: kernel.sysfs,
      procfs: '/model/proc',
      statistics: /^queue_/,
      bootTime: BEGIN - 86_400_000,
      clock: agentClock,
      counts,
      log: LOG,
      detail,
    })
    const instanceId = (): undefined => undefined
    const { ethtool, sysfs } = kernel
    const parts = { sweep, counts, ethtool, eniId, instanceId, sysfs, clock: agentClock, log: LOG }
    collect = createNodePoints({ ...parts, temporality, compat: [] })
    kernel.changed()
    olderDevices = new Set(kernel.devices.filter(({ isThere }) => isThere).map(({ index }) => index))
  }

  /** Records what the last sweep accepted. */
  const recordAccepted = (): void => {
    for (const attachment of sweep.attachments()) {
      const device = kernel.devices.find(({ index }) => index === attachment.interface.index)!
      for (const { counter, series: one } of trackedCounters(attachment)) {
        const key = counter.key as Key
        if (!ROWS.has(key) || !isSampled(one) || one.time === read.get(one)) continue
        const isFirst = !read.has(one)
        read.set(one, one.time)
        const name = nameOf(device, key)
        series.set(name, one)
        const log = accepted.get(name) ?? []
        accepted.set(name, log)
        const last = log.at(-1)
        if (one.value !== last?.value && !history.hasUncountedRepeat)
          expect(one.value, `${key} was invented`).toBeLessThanOrEqual(device.counted[key])
        const before = last?.expected ?? 0
        const isSinceZero = isFirst && !olderDevices.has(device.index)
        const isBaseline = isFirst && !isSinceZero && (temporality === 'delta' || !last)
        let added = 0
        if (isSinceZero) added = one.value
        else if (!isBaseline) added = one.value < last!.value ? one.value : one.value - last!.value
        log.push({
          time: one.time,
          value: one.value,
          expected: before + added,
          before: isFirst && !isSinceZero ? added : 0,
        })
      }
    }
  }

  const recordPeaks = (metrics: readonly MetricPoints[]): void => {
    for (const { metric, points } of metrics) {
      if (!metric.name.endsWith('.peak')) continue
      for (const { attributes, value } of points) {
        const row = COUNTERS.find(
          ({ peak, attributes: own }) =>
            peak === metric.name && Object.entries(own).every(([name, text]) => attributes[name] === text),
        )!
        const name = `${attributes['ena.eni.id']?.replace('early-', 'eni-')} ${row.key}`
        peaks.set(name, Math.max(peaks.get(name) ?? 0, value))
      }
    }
  }

  /** With other attributes than those of the previous agent, the first sample starts a series: nothing from before counts. */
  const recordExported = (): void => {
    for (const [name, { exported: cursor }] of series) {
      exportedUntil.set(name, cursor.point?.time)
      const attributes = cursor.set?.attributes
      if (attributes === undefined) continue
      if (!exported.has(name) && exportedAs.get(name) !== attributes) {
        const sinceStart = accepted.get(name)!.filter(({ time }) => time >= startTime)
        const { before } = sinceStart[0]!
        for (const one of sinceStart) one.expected -= before
      }
      exported.add(name)
      exportedAs.set(name, attributes)
    }
  }

  const exportNow = (wanted: 'all' | 'risen'): void => {
    const metrics = collect(wanted)
    recordPeaks(metrics)
    recordExported()
    onExport(metrics)
  }

  const sample = (coverage: Coverage): void => {
    history.latest = Math.max(history.latest, clock.now())
    const { hasRisen } = sweep.run(coverage)
    kernel.pass(history.wasClockSetBack ? 200 : 2) // no two sweeps start in the same millisecond
    recordAccepted()
    if (hasRisen) exportNow('risen')
  }

  /** Nobody knows what was read and not exported. */
  const forgetUnexported = (): void => {
    for (const [name, log] of accepted) {
      const known = exportedUntil.get(name) ?? Number.NaN
      while (log.length > 0 && log.at(-1)!.time >= startTime && !(log.at(-1)!.time <= known)) log.pop()
    }
  }

  return {
    accepted,
    peaks,
    start,
    stop: () => {
      sample('all')
      exportNow('all')
      sweep.close()
    },
    kill: () => {
      forgetUnexported()
      sweep.close()
    },
    close: () => sweep.close(),
    sample,
    exportNow,
    identify: ({ eni: { mac } }) => void identified.add(mac),
    reads: (device) => sweep.attachments().some(({ interface: { index } }) => index === device.index),
    hasRead: (device) => KEYS.every((key) => series.has(nameOf(device, key))),
    isExportedAsNow: (device) =>
      KEYS.every((key) => exportedAs.get(nameOf(device, key))?.includes(eniId(device.eni.mac) ?? '') ?? true),
    remember: ({ index }) => void olderDevices.add(index),
  }
}
