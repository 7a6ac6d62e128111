// Hours in the life of an agent, in seconds: its own parts, from the read of a counter to the socket of a real collector, by a clock
// that the test moves. At the kernel's edge are a folder in place of sysfs and the names of the ENA driver.
import { setImmediate, setTimeout as wait } from 'node:timers/promises'

import { resourceFromAttributes } from '@opentelemetry/resources'

import { loadConfig } from '../../../packages/agent/src/config/load.ts'
import { openOtlpExporter } from '../../../packages/agent/src/export/otlp-exporter.ts'
import { EXPORT_METRICS } from '../../../packages/agent/src/export/own-metrics.ts'
import { SAMPLING_METRICS } from '../../../packages/metrics/src/own-metrics.ts'
import { toScopeMetrics } from '../../../packages/metrics/src/points/metric-data.ts'
import type { MetricPoints } from '../../../packages/metrics/src/points/points.ts'
import { ENA_NAMES, enaStatistics } from '../../../packages/metrics/test/ena-driver.ts'
import { createOwnPoints } from '../../harness/own-points.ts'
import { simulatedNode } from '../../harness/simulated-node.ts'

export interface Rise {
  readonly timeMs: number
  /** By how much. */
  readonly by: number
  /** What the counter is since then. */
  readonly value: number
}

export interface SimulatedAgent {
  readonly now: () => number
  /** Lives for so many seconds of its own time: reads each second, and exports. Resolves when what it tried meanwhile has failed or been taken. */
  readonly live: (seconds: number) => Promise<void>
  /** From now on its time is the machine's. Its last export is made. */
  readonly arrive: () => void
  /** Ends it with one more export, which tells what the one before it may have cost; resolves when it is sent. */
  readonly close: () => Promise<void>
  /** How often it has read: what it says of itself last. */
  readonly sweeps: () => number
  /** The rises of a counter so far, by the kernel's name; of eth0 unless it is said otherwise. */
  readonly rises: (name: CounterName, nic?: string) => readonly Rise[]
  /** eth0's device resets: its driver counts allowances from 0 again. */
  readonly reset: () => void
  /** A new ENI, eth1, counts from 0; or it goes away. */
  readonly attach: () => void
  readonly detach: () => void
  /** How many points of the interfaces, and how many exports, went into its outbox. */
  readonly handed: () => { readonly points: number; readonly exports: number }
  /** How many points wait in its outbox. */
  readonly queued: () => number
  readonly lines: () => readonly string[]
}

/** In each second so many more, `second` after second. Quiet counters are those whose changes are kept. */
const PLAN = {
  rx_packets: (second: number) => 1_000 + (second % 7),
  rx_bytes: (second: number) => 900_000 + (second % 1_001),
  tx_packets: (second: number) => 500 + (second % 11),
  tx_bytes: (second: number) => 70_000 + (second % 503),
  rx_dropped: (second: number) => (second % 127 === 0 ? 3 : 0),
  tx_dropped: () => 0,
  rx_errors: (second: number) => (second % 1_800 === 900 ? 1 : 0),
  tx_errors: () => 0,
  bw_in_allowance_exceeded: (second: number) => (second % 1_801 < 5 ? 40 : 0),
  bw_out_allowance_exceeded: () => 0,
  pps_allowance_exceeded: (second: number) => (second % 601 === 300 ? 11 : 0),
  conntrack_allowance_exceeded: (second: number) => (second % 3_001 === 3_000 ? 1 : 0),
  linklocal_allowance_exceeded: (second: number) => (second % 97 < 3 ? 1 + (second % 5) : 0),
} as const
export type CounterName = keyof typeof PLAN
export const NAMES = Object.keys(PLAN) as readonly CounterName[]
const ETHTOOL: ReadonlySet<string> = new Set(ENA_NAMES)
export const ALLOWANCES = NAMES.filter((name) => ETHTOOL.has(name))
const FILES = NAMES.filter((name) => !ETHTOOL.has(name))

interface Counters {
  readonly values: Map<CounterName, number>
  readonly rises: ReadonlyMap<CounterName, Rise[]>
}

/** @param before of the same name */
function createCounters(from: number, before: Counters | undefined): Counters {
  return {
    values: new Map(NAMES.map((name) => [name, from])),
    rises: before?.rises ?? new Map(NAMES.map((name) => [name, []])),
  }
}

export interface SimulatedOptions {
  /** When its life begins, milliseconds since the epoch. */
  readonly startMs: number
  /** Its flags. */
  readonly flags: Readonly<Record<string, string>>
  readonly nodeName: string
  /** How often it exports, seconds. */
  readonly exportSeconds: number
}

/** Its folder goes with the test. */
export async function simulatedAgent({
  startMs,
  flags,
  nodeName,
  exportSeconds,
}: SimulatedOptions): Promise<SimulatedAgent> {
  /** undefined: the machine's time. */
  let simulated: number | undefined = startMs
  const now = (): number => simulated ?? Date.now()
  const {
    machine: node,
    procfs,
    driver,
    clock,
    counts,
    log,
    sweep,
    ...simulation
  } = simulatedNode({
    now,
    bootTime: startMs - 86_400_000,
  })
  const nics = new Map<string, Counters>()
  const attach = (name: string, index: number, from: number): void => {
    nics.set(name, createCounters(from, nics.get(name)))
    node.add({
      name,
      index,
      mac: `0a:00:00:00:00:0${index}`,
      bus: `0000:00:0${index}.0`,
      driver: 'ena',
      statistics: Object.fromEntries(FILES.map((file) => [file, from])),
    })
    const allowances = Object.fromEntries(ALLOWANCES.map((allowance) => [allowance, from]))
    driver.interfaces.set(name, enaStatistics({ conntrack_allowance_available: 136_812, ...allowances }))
  }
  attach('eth0', 2, 10)

  // With all detail, each export has every series. The simulated node still returns busy counters' last values only.
  const given = { sysfs: node.sysfs, procfs, exportInterval: `${exportSeconds}s`, detail: 'full', ...flags }
  const loaded = loadConfig(given, {})
  const resource = resourceFromAttributes({
    'service.name': 'ena-otel',
    'service.instance.id': nodeName,
    'k8s.node.name': nodeName,
  })
  const temporality = loaded.config.temporality === 'delta' ? 'delta' : 'cumulative'
  const pointsSince = simulation.points({ temporality, compat: [] })

  const pauses = new Set<{ readonly due: number; readonly over: () => void }>()
  const pause = (ms: number, signal: AbortSignal): Promise<unknown> => {
    if (simulated === undefined) return wait(ms, undefined, { signal }).catch(() => undefined)
    const { promise, resolve } = Promise.withResolvers<void>()
    pauses.add({ due: simulated + ms, over: resolve })
    return promise
  }
  const exporter = await openOtlpExporter(loaded, {
    resource: () => resource,
    now: clock.now,
    log,
    pause,
    random: () => 0,
  })
  const ownPoints = createOwnPoints(now(), temporality)
  const SWEEPS = SAMPLING_METRICS.filter(({ name }) => name === 'ena_otel.sweeps')
  /** Its own metrics, by its own clock: a MeterProvider would read the machine's. */
  const ownMetrics = (): readonly MetricPoints[] => [
    ...ownPoints(SWEEPS, { counts, interfaces: 1, longestIntervalMs: 1_000 }, clock.now()),
    ...ownPoints(EXPORT_METRICS, exporter.statistics(), clock.now()),
  ]
  let points = 0
  let exports = 0
  const deliver = (): void => {
    sweep.run('all')
    const metrics = pointsSince('all')
    points += metrics.reduce((sum, { points: some }) => sum + some.length, 0)
    exports++
    exporter.export(
      { resource, scopeMetrics: toScopeMetrics([...ownMetrics(), ...metrics], temporality) },
      () => undefined,
    )
  }
  /** What was tried has failed, which a pause follows, or been taken. */
  const settled = async (): Promise<void> => {
    const answered = (): number => {
      const { exports: accepted, exportFailures } = exporter.statistics()
      return accepted + exportFailures
    }
    // An export without a change has nothing to send.
    const isSent = (): boolean => exporter.statistics().queue.points === 0
    for (const before = answered(); pauses.size === 0 && !isSent() && answered() === before;) await setImmediate()
  }
  const passed = async (): Promise<void> => {
    const due = [...pauses].filter((one) => one.due <= now())
    for (const one of due) {
      pauses.delete(one)
      one.over()
    }
    if (due.length > 0) await settled()
  }
  let second = 0
  const count = (): void => {
    second++
    for (const [nic, { values, rises }] of nics)
      for (const name of driver.interfaces.has(nic) ? NAMES : []) {
        const by = PLAN[name](second)
        if (by === 0) continue
        const value = values.get(name)! + by
        values.set(name, value)
        rises.get(name)!.push({ timeMs: now(), by, value })
        if (ETHTOOL.has(name)) driver.interfaces.get(nic)!.set(name, BigInt(value))
        else node.write(nic, `statistics/${name}`, value)
      }
  }
  sweep.run('all')

  return {
    now,
    live: async (seconds) => {
      for (const end = now() + seconds * 1000; now() < end;) {
        simulated = now() + 1000
        count()
        await passed()
        if (second % exportSeconds === 0) {
          deliver()
          if (pauses.size === 0) await settled()
        } else sweep.run('sampled')
      }
    },
    arrive: () => {
      simulated = undefined
      for (const { over } of pauses) over()
      pauses.clear()
      deliver()
    },
    sweeps: () => counts.sweeps,
    close: async () => {
      deliver()
      await exporter.shutdown()
      sweep.close()
    },
    rises: (name, nic = 'eth0') => nics.get(nic)!.rises.get(name)!,
    reset: () => {
      const statistics = driver.interfaces.get('eth0')!
      statistics.set('total_resets', statistics.get('total_resets')! + 1n)
      for (const name of ALLOWANCES) {
        nics.get('eth0')!.values.set(name, 0)
        statistics.set(name, 0n)
      }
    },
    attach: () => attach('eth1', 3, 0),
    detach: () => {
      node.remove('eth1')
      driver.interfaces.delete('eth1')
    },
    handed: () => ({ points, exports }),
    queued: () => exporter.statistics().queue.points,
    lines: () => log.lines,
  }
}
