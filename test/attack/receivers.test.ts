// Real receivers under bursts, an outage and a restart of the agent: each stores what was sent to it, and refuses nothing.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, expect, it } from 'vitest'

import { startAgent } from '../harness/agent.ts'
import { output } from '../harness/command.ts'
import { type NetworkNamespace, networkNamespace } from '../harness/netns.ts'
import { passage } from '../harness/passage.ts'
import type { FlatPoint } from '../harness/points.ts'
import { otelcol } from '../tools/otelcol.ts'
import { prometheus } from '../tools/prometheus.ts'
import { RECEIVERS } from './receivers.ts'
import { recordedWay } from './recorded-way.ts'

beforeAll(() => Promise.all([otelcol(), prometheus()]))

it.for(RECEIVERS)('$name stores all that is sent, and refuses nothing', { timeout: 150_000 }, async ({ start }) => {
  await using receiver = await start()
  await using way = await recordedWay(receiver.endpoint)
  await using node = await networkNamespace(2)
  await output(['ip', '-n', node.name, '-batch', '-'], { input: SET_UP })
  await using inside = await passage((command) => node.command(command), way.endpoint)

  const first = await runAgent(node, inside.endpoint)
  const dropped = await dropPackets(node, 26, async (second) => {
    if (second === 12) await way.leave()
    if (second === 17) await way.comeBack()
  })
  await first.kill()
  const second = await runAgent(node, inside.endpoint)
  const droppedAfter = await dropPackets(node, 14)
  await second.stop()

  const requests = await way.requests()
  expect(requests.filter(({ status }) => status !== 200)).toEqual([])
  const sent = requests.flatMap(({ points }) => points)
  expect(await receiver.stored()).toBe(new Set(sent.map(identity)).size)
  const drops = sent.filter(({ metric, attributes }) => metric === DROPS && attributes[INTERFACE] === 'nic0')
  expect(Math.max(...drops.map(({ value }) => value))).toBe(dropped + droppedAfter)
  for (const [i, { points }] of requests.entries()) {
    const before = newest(requests.slice(0, i).flatMap((request) => request.points))
    expect(oldest(points), `request ${i}`).toBeGreaterThanOrEqual(before)
  }
})

const DROPS = 'system.network.packet.dropped'
const INTERFACE = 'network.interface.name'

/** A veth drops a packet that is too long for its peer (net/core/dev.c, is_skb_forwardable). No neighbour is asked for. */
const SET_UP = [0, 1]
  .map(
    (i) => `link set peer${i} mtu 576
addr add 10.99.${i}.1/24 dev nic${i}
neigh add 10.99.${i}.2 lladdr 06:00:00:00:00:0${i} dev nic${i} nud permanent
`,
  )
  .join('')

function runAgent(node: NetworkNamespace, endpoint: string): ReturnType<typeof startAgent> {
  const options = ['--include', 'nic0,nic1', '--export-interval', '3s', '--health-port', 'off']
  return startAgent([...options, '--protocol', 'http/protobuf', '--endpoint', endpoint], {
    env: { K8S_NODE_NAME: 'attacked' },
    within: (command) => node.command(command),
  })
}

/**
 * A packet of nic0 is dropped every second, and one of nic1 every 8 s: its counter is quiet before, so it is exported early.
 *
 * @param onSecond called at the start of each second
 * @returns how many were dropped of nic0
 */
async function dropPackets(
  node: NetworkNamespace,
  seconds: number,
  onSecond: (second: number) => unknown = () => undefined,
): Promise<number> {
  for (let second = 0; second < seconds; second++) {
    await onSecond(second)
    await send(node, 0)
    if (second % 8 === 7) await send(node, 1)
    await wait(1_000)
  }
  return seconds
}

async function send(node: NetworkNamespace, nic: number): Promise<void> {
  await output(node.command([process.execPath, '-e', SEND, `10.99.${nic}.2`]))
}

const SEND = `
const socket = require('node:dgram').createSocket('udp4')
socket.send(Buffer.alloc(1200), 9, process.argv[1], () => socket.close())`

const oldest = (points: readonly FlatPoint[]): number => Math.min(...points.map(({ timeMs }) => timeMs))
const newest = (points: readonly FlatPoint[]): number => Math.max(-Infinity, ...points.map(({ timeMs }) => timeMs))

/** A request that is sent again has the same points. */
function identity({ metric, attributes, timeMs }: FlatPoint): string {
  return `${metric} ${JSON.stringify(attributes)} ${timeMs}`
}
