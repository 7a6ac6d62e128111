// What a store has of a life of two hours, beside what was counted in it.
import { exactIncrease } from '../continuity/increase.ts'
import type { CounterName, SimulatedAgent } from './hours.ts'
import type { Sample, SeriesOfSamples } from '../setup/prometheus-api.ts'

/** By the kernel's names: the metric in the store, and the one attribute that it is told by. */
const STORED: Readonly<Record<CounterName, readonly [metric: string, label: string, value: string]>> = {
  rx_packets: ['system_network_packet_count_total', 'network_io_direction', 'receive'],
  rx_bytes: ['system_network_io_bytes_total', 'network_io_direction', 'receive'],
  tx_packets: ['system_network_packet_count_total', 'network_io_direction', 'transmit'],
  tx_bytes: ['system_network_io_bytes_total', 'network_io_direction', 'transmit'],
  rx_dropped: ['system_network_packet_dropped_total', 'network_io_direction', 'receive'],
  tx_dropped: ['system_network_packet_dropped_total', 'network_io_direction', 'transmit'],
  rx_errors: ['system_network_errors_total', 'network_io_direction', 'receive'],
  tx_errors: ['system_network_errors_total', 'network_io_direction', 'transmit'],
  bw_in_allowance_exceeded: ['ena_allowance_exceeded_total', 'ena_allowance_name', 'bw_in'],
  bw_out_allowance_exceeded: ['ena_allowance_exceeded_total', 'ena_allowance_name', 'bw_out'],
  pps_allowance_exceeded: ['ena_allowance_exceeded_total', 'ena_allowance_name', 'pps'],
  conntrack_allowance_exceeded: ['ena_allowance_exceeded_total', 'ena_allowance_name', 'conntrack'],
  linklocal_allowance_exceeded: ['ena_allowance_exceeded_total', 'ena_allowance_name', 'linklocal'],
}
const NAMES = Object.keys(STORED) as readonly CounterName[]
/** Those whose changes are kept. */
const QUIET = NAMES.filter((name) => !/packets|bytes/.test(name))

type Stored = readonly SeriesOfSamples[]

/** @throws Error when it is more than one series: two would be a gap that no query bridges */
function samplesOf(stored: Stored, name: CounterName, nic: string): readonly Sample[] {
  const [metric, label, value] = STORED[name]
  const found = stored.filter(
    ({ labels }) =>
      labels['__name__'] === metric && labels[label] === value && labels['network_interface_name'] === nic,
  )
  if (found.length > 1) throw new Error(`${nic} ${name} is ${found.length} series`)
  return found[0]?.samples ?? []
}

export interface Compared {
  /** All, in words. */
  readonly told: string
  /** Those that are not what they should be. */
  readonly wrong: readonly string[]
}

/**
 * Each counter's rise, out of the samples of the store, and as it was.
 *
 * @param maxLoss how much of it may be missing
 */
export function comparedRises(
  agent: SimulatedAgent,
  stored: Stored,
  nics: readonly string[] = ['eth0'],
  maxLoss: (nic: string, name: CounterName) => number = () => 0,
): Compared {
  return compared(
    nics.flatMap((nic) =>
      NAMES.map((name) => {
        const samples = samplesOf(stored, name, nic)
        // The first sample of eth0 is the level it had; eth1 appeared while the agent was running.
        const sinceMs = nic === 'eth0' ? (samples[0]?.timeMs ?? 0) : 0
        return {
          what: `${nic} ${name}`,
          is: exactIncrease(samples),
          should: riseSince(agent, name, nic, sinceMs),
          maxLoss: maxLoss(nic, name),
        }
      }),
    ),
  )
}

/** The same of deltas: by metric and attribute, what they add up to. */
export function comparedSums(
  agent: SimulatedAgent,
  sumOf: (metric: string, attribute: string, value: string) => number,
): Compared {
  return compared(
    NAMES.map((name) => ({ what: name, is: sumOf(...STORED[name]), should: riseSince(agent, name, 'eth0', 0) })),
  )
}

interface Comparison {
  readonly what: string
  readonly is: number
  readonly should: number
  readonly maxLoss?: number
}

function compared(all: readonly Comparison[]): Compared {
  const text = ({ what, is, should }: Comparison): string => `${what} ${is} of ${should}`
  const isWrong = ({ is, should, maxLoss = 0 }: Comparison): boolean => is > should || is < should - maxLoss
  return { told: all.map(text).join(', '), wrong: all.filter(isWrong).map(text) }
}

function riseSince(agent: SimulatedAgent, name: CounterName, nic: string, sinceMs: number): number {
  return agent.rises(name, nic).reduce((sum, { timeMs, by }) => sum + (timeMs > sinceMs ? by : 0), 0)
}

/** How many points went into the outbox and are not in the store. */
export function missingPoints(agent: SimulatedAgent, stored: Stored): number {
  const { points, exports } = agent.handed()
  const own = stored.filter(({ labels }) => /^(ena_otel|otel_sdk)_/.test(labels['__name__']!)).length
  return points + own * exports - stored.reduce((sum, { samples }) => sum + samples.length, 0)
}

export interface Losses {
  readonly age: number
  readonly size: number
  readonly thinned: number
}

/** What the agent's own counters say in the end. */
export function statedLosses(stored: Stored): Losses {
  const last = (name: string, reason?: string): number =>
    stored.find(({ labels }) => labels['__name__'] === name && labels['ena_otel_reason'] === reason)?.samples.at(-1)
      ?.value ?? Number.NaN
  return {
    age: last('ena_otel_points_dropped_total', 'age'),
    size: last('ena_otel_points_dropped_total', 'size'),
    thinned: last('ena_otel_points_thinned_total'),
  }
}

export interface Detail {
  /** Changes of eth0's quiet counters: how many there were, and how many are stored with the read before. */
  readonly of: number
  readonly stored: number
}

/** Of the time from after `fromMs` to `toMs`. */
export function detail(agent: SimulatedAgent, stored: Stored, fromMs: number, toMs: number): Detail {
  const changes = QUIET.flatMap((name) => {
    const values = new Map(samplesOf(stored, name, 'eth0').map(({ timeMs, value }) => [timeMs, value]))
    return agent
      .rises(name)
      .filter(({ timeMs }) => timeMs > fromMs && timeMs <= toMs)
      .map(({ timeMs, by, value }) => values.get(timeMs) === value && values.get(timeMs - 1_000) === value - by)
  })
  return { of: changes.length, stored: changes.filter((isThere) => isThere).length }
}

/** The longest time without a sample of a busy counter, from `fromMs` to `toMs`, milliseconds. */
export function longestGap(stored: Stored, fromMs: number, toMs: number): number {
  const times = samplesOf(stored, 'rx_bytes', 'eth0').flatMap(({ timeMs }) =>
    timeMs > fromMs && timeMs < toMs ? [timeMs] : [],
  )
  return Math.max(...[...times, toMs].map((time, i) => time - (times[i - 1] ?? fromMs)))
}
