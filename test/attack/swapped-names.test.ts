// Interfaces that take each other's names: no series gets what another interface counted, and the store refuses nothing.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, expect, it } from 'vitest'

import { exactIncrease } from '../e2e/continuity/increase.ts'
import { startAgent } from '../harness/agent.ts'
import { output } from '../harness/command.ts'
import { passage } from '../harness/passage.ts'
import { prometheus } from '../tools/prometheus.ts'
import { droppingNode } from './dropping-node.ts'
import { RECEIVERS } from './receivers.ts'
import { recordedWay } from './recorded-way.ts'

beforeAll(prometheus)

/** nic0 has dropped packets, nic1 none. Commands of ip(8). */
const CHANGES = [
  {
    what: 'two interfaces swap their names',
    commands: `link set nic0 down
link set nic1 down
link set nic0 name between
link set nic1 name nic0
link set between name nic1
link set nic0 up
link set nic1 up
`,
  },
  {
    what: 'an interface takes the name of one that is deleted',
    commands: `link del nic1
link set nic0 down
link set nic0 name nic1
link set nic1 up
`,
  },
] as const

it.for(CHANGES)('$what', { timeout: 60_000 }, async ({ commands }) => {
  const { start } = RECEIVERS.find(({ name }) => name === 'Prometheus')!
  await using receiver = await start()
  await using way = await recordedWay(receiver.endpoint)
  await using node = await droppingNode()
  await using inside = await passage((command) => node.command(command), way.endpoint)
  for (let i = 0; i < 100; i++) await node.drop(0)

  const options = ['--sample-interval', '500ms', '--export-interval', '1s', '--include', 'nic*', '--health-port', 'off']
  const agent = await startAgent([...options, '--protocol', 'http/protobuf', '--endpoint', inside.endpoint], {
    env: { K8S_NODE_NAME: 'attacked' },
    started: /accepts metrics/,
    within: (command) => node.command(command),
  })
  await output(node.command(['ip', '-batch', '-']), { input: commands })
  await wait(4_000) // some exports
  await agent.stop()

  const requests = await way.requests()
  expect(requests.flatMap(({ refusal }) => refusal ?? [])).toEqual([])
  const stored = await receiver.stored()
  const drops = stored.filter(({ series }) => series['__name__'] === 'system_network_packet_dropped_total')
  const increases = Map.groupBy(
    drops,
    ({ series }) => `${series['network_interface_name']} ${series['network_io_direction']}`,
  )
  expect([...increases.values()].map(exactIncrease)).toEqual([...increases.values()].map(() => 0))
  const sent = requests
    .flatMap(({ points }) => points)
    .filter(({ metric }) => metric === 'system.network.packet.dropped')
  expect(drops.length).toBe(
    new Set(sent.map(({ attributes, timeMs }) => `${JSON.stringify(attributes)} ${timeMs}`)).size,
  )
  expect(sent.some(({ attributes, value }) => attributes['network.interface.name'] === 'nic0' && value === 100)).toBe(
    true,
  )
})
