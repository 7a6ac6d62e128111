// Real receivers under bursts, a replaced interface, a reset, an outage and a restart of the agent: each stores what was sent to it, and
// refuses nothing.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, it } from 'vitest'

import { startAgent } from '../harness/agent.ts'
import { passage } from '../harness/passage.ts'
import type { FlatPoint } from '../harness/points.ts'
import { type DroppingNode, droppingNode } from './dropping-node.ts'
import { RECEIVERS, type Stored, WAYS } from './receivers.ts'
import type { RecordedWay } from './recorded-way.ts'

describe.concurrent.for(RECEIVERS)('$name over $protocol', ({ name, protocol, tool, start }) => {
  beforeAll(tool)

  it('stores all that is sent, and refuses nothing', { timeout: 150_000 }, async ({ expect }) => {
    await using receiver = await start()
    await using way = await WAYS[protocol](receiver.endpoint)
    await using node = await droppingNode()
    await using inside = await passage((command) => node.command(command), way.endpoint)
    await play(node, way, () => runAgent(node, inside.endpoint, protocol))

    const requests = await way.requests()
    const sent = requests.flatMap(({ points }) => points)
    const stored = await receiver.stored()
    const expected = sent.map((point) => ({ ...point, series: receiver.seriesOf(point) }))
    const refusals = requests.flatMap(({ refusal }) => refusal ?? [])
    // Of a point that is sent again, some receivers store both, others one.
    const [all, kept] = [unique(expected), unique(stored)]
    const row = [`${name}, ${protocol}`, requests.length, all.length, kept.length, refusals.length]
    console.log(`receiver | requests | points sent | points stored | requests refused\n${row.join(' | ')}`)
    expect(refusals).toEqual([])
    expect(kept.map(({ at }) => at)).toEqual(all.map(({ at }) => at))
    const { relativeError = 0 } = receiver
    const isChanged = ({ value }: Unique, i: number): boolean =>
      Math.abs(value - all[i]!.value) > relativeError * Math.abs(value)
    expect(kept.filter(isChanged)).toEqual([])
    const increases = node.dropped.map((_, nic) => {
      const series = expected.filter(({ metric, attributes }) => metric === DROPS && attributes[NAME] === `nic${nic}`)
      return increase(stored, new Set(series.map(key)))
    })
    expect(increases).toEqual(node.dropped)
    for (const [i, { points }] of requests.entries()) {
      const before = newest(requests.slice(0, i).flatMap((request) => request.points))
      expect(oldest(points), `request ${i}`).toBeGreaterThanOrEqual(before)
    }
  })
})

const DROPS = 'system.network.packet.dropped'
const NAME = 'network.interface.name'

function runAgent(node: DroppingNode, endpoint: string, protocol: string): ReturnType<typeof startAgent> {
  const intervals = ['--sample-interval', '500ms', '--export-interval', '3s']
  const options = [...intervals, '--include', 'nic*', '--health-port', 'off']
  return startAgent([...options, '--protocol', protocol, '--endpoint', endpoint], {
    env: { K8S_NODE_NAME: 'attacked' },
    started: /accepts metrics/, // it has read all counters, and exported them once
    within: (command) => node.command(command),
  })
}

/**
 * Seconds since the start. The agent is killed and started again. Nothing is dropped in the two seconds before an interface is replaced, so
 * that its last count is read, also on a busy machine.
 */
const [REPLACED, RESET, GONE, BACK, KILLED, END] = [6, 8, 12, 17, 28, 40]

async function play(node: DroppingNode, way: RecordedWay, run: () => ReturnType<typeof startAgent>): Promise<void> {
  let agent = await run()
  for (let second = 0; second < END; second++) {
    if (second === REPLACED) await node.replace(2)
    if (second === RESET) await node.reset(3)
    if (second === GONE) await way.leave()
    if (second === BACK) await way.comeBack()
    if (second === KILLED) {
      await agent.kill()
      await node.drop(0)
      agent = await run()
    }
    if (second % 8 === 7) await node.drop(1) // quiet before: exported early
    if (!isJustBefore(second, REPLACED)) await node.drop(2)
    if (!isJustBefore(second, RESET)) await node.drop(3)
    for (let quarter = 0; quarter < 4; quarter++) {
      await node.drop(0)
      await wait(250)
    }
  }
  await agent.stop()
}

const isJustBefore = (second: number, event: number): boolean => second < event && second >= event - 2

const key = ({ series }: Pick<Stored, 'series'>): string =>
  JSON.stringify(Object.entries(series).toSorted(([a], [b]) => a.localeCompare(b)))

interface Unique {
  /** Series and time. */
  readonly at: string
  readonly value: number
}

/** Each once, sorted. */
function unique(samples: readonly Stored[]): readonly Unique[] {
  const all = samples.map((sample): Unique => ({ at: `${key(sample)} ${sample.timeMs}`, value: sample.value }))
  const distinct = [...new Map(all.map((sample) => [`${sample.at} ${sample.value}`, sample])).values()]
  return distinct.toSorted((a, b) => (a.at === b.at ? a.value - b.value : a.at < b.at ? -1 : 1))
}

/** As PromQL counts it, without extrapolation: a fall is a reset. */
function increase(stored: readonly Stored[], wanted: ReadonlySet<string>): number {
  const bySeries = Map.groupBy(stored, key)
  const rises = [...wanted].flatMap((one) => {
    const values = bySeries.get(one)!.map(({ value }) => value)
    return values.slice(1).map((value, i) => (value < values[i]! ? value : value - values[i]!))
  })
  return rises.reduce((sum, rise) => sum + rise, 0)
}

const oldest = (points: readonly FlatPoint[]): number => Math.min(...points.map(({ timeMs }) => timeMs))
const newest = (points: readonly FlatPoint[]): number => Math.max(-Infinity, ...points.map(({ timeMs }) => timeMs))
