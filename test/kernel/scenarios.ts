// What the agent makes of everything that an ENA interface does, in a guest. Each scenario has cards of its own on a
// bench that is cleared after it, and throws what it finds wrong.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'

import { COUNTERS } from '../../packages/metrics/src/table.ts'
import type { Bench } from './bench.ts'
import type { Card } from './card.ts'
import { type Generation, GENERATIONS, namesOf } from './names.ts'
import type { Look, Observer } from './observer.ts'

const ALLOWANCE = 'linklocal_allowance_exceeded'

/** The driver counts SRD's utilization in percent, and its metric is a ratio. */
function divisorOf(name: string): number {
  return COUNTERS.find(({ from, key }) => from === 'ethtool' && key === name)?.divisor ?? 1
}

type Scenario = (bench: Bench) => void

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'reads the interfaces of the driver ena and no other, without being told which': ({ observe }) => {
    const agent = observe()
    agent.look()
    assert.deepEqual(agent.interfaces(), ['eth0', 'eth1', 'eth2', 'eth3']) // and not host0, which has a device too
  },

  ...Object.fromEntries(
    GENERATIONS.map((generation) => [
      `reads every statistic of driver ${generation} under its name, in its order, with its value`,
      ({ insert, observe }) => {
        const card = insert(generation)
        const agent = observe({ statistics: '.' })
        const names = [...card.truth().keys()]
        assert.deepEqual(names, namesOf(generation))
        for (const [i, name] of names.entries()) card.tell('set', name, 2 ** 40 + i)
        card.tell('set', ALLOWANCE, 2 ** 53 - 1)
        const truth = card.truth()
        assert.deepEqual([...agent.statistics(card.name)], [...truth])
        agent.look()
        const reported = names.map((name) => [name, agent.points(card.name, 'ethtool', name).at(-1)?.value])
        assert.deepEqual(
          reported,
          [...truth].map(([name, value]) => [name, Number(value) / divisorOf(name)]),
        )
      },
    ]),
  ),

  'counts the packets that an interface really sends': onCard('2.17', (card, agent) => {
    agent.look()
    execFileSync('ip', ['addr', 'add', '192.0.2.1/24', 'dev', card.name])
    execFileSync('sh', ['-c', `ping -c 5 -i 0.1 -W 1 192.0.2.2 >/dev/null || true`]) // nobody answers
    agent.look()
    const sent = Number(card.truth().get('queue_0_tx_cnt'))
    assert.ok(sent >= 5, `${sent} packets were sent`)
    assert.equal(agent.increase(card.name, 'statistics', 'tx_packets'), sent)
  }),

  'follows an interface that comes, goes and comes again with the same address': ({ insert, observe }) => {
    const agent = observe()
    const before = agent.look()
    const first = insert('6.12')
    const { name } = first
    first.tell('inc', ALLOWANCE, 5)
    agent.look()
    const points = agent.points(name, 'ethtool', ALLOWANCE)
    assert.deepEqual(
      points.map(({ value }) => value),
      [0, 5], // it appeared while the agent was running, at 0
    )
    for (const { startTime } of points) assertWithin(startTime, before)
    first.tell('inc', ALLOWANCE, 2)
    agent.look()
    first.remove()
    const gone = agent.look()
    assert.ok(!agent.interfaces().includes(name))
    const again = insert('6.12')
    assert.equal(again.name, name)
    again.tell('inc', ALLOWANCE, 3)
    agent.look()
    const last = agent.points(name, 'ethtool', ALLOWANCE).at(-1)!
    assert.equal(last.value, 3)
    assertWithin(last.startTime, gone)
    assert.equal(agent.increase(name, 'ethtool', ALLOWANCE), 5 + 2 + 3)
  },

  'notices that an interface was replaced between two looks': ({ insert, observe }) => {
    const agent = observe()
    const first = insert('2.17')
    first.tell('set', ALLOWANCE, 10)
    agent.look()
    first.remove()
    const again = insert('6.12')
    again.tell('set', ALLOWANCE, 12)
    agent.look()
    assert.equal(agent.increase(again.name, 'ethtool', ALLOWANCE), 12)
  },

  'is not confused by two interfaces that exchange their names': ({ insert, observe }) => {
    const one = insert('2.17')
    const two = insert('6.12', 9)
    const agent = observe()
    one.tell('set', ALLOWANCE, 100)
    two.tell('set', ALLOWANCE, 7)
    agent.look()
    const [nameOfOne, nameOfTwo] = [one.name, two.name]
    for (const card of [one, two]) card.link('down')
    one.link('name', 'other')
    two.link('name', nameOfOne)
    one.link('name', nameOfTwo)
    for (const card of [one, two]) card.link('up')
    one.tell('inc', ALLOWANCE, 1)
    two.tell('inc', ALLOWANCE, 2)
    agent.look()
    const last = (name: string): number | undefined => agent.points(name, 'ethtool', ALLOWANCE).at(-1)?.value
    assert.deepEqual([last(nameOfTwo), last(nameOfOne)], [1, 2]) // totals start at 0 with the name of another interface
  },

  'goes on with the series of an interface that is renamed': onCard('2.17', (card, agent) => {
    const before = card.name
    card.tell('set', ALLOWANCE, 10)
    agent.look()
    card.link('down')
    card.link('name', 'ens34')
    card.link('up')
    card.tell('inc', ALLOWANCE, 4)
    agent.look()
    const [old] = agent.points(before, 'ethtool', ALLOWANCE)
    const renamed = agent.points('ens34', 'ethtool', ALLOWANCE)
    assert.deepEqual(
      renamed.map(({ value }) => value).filter((value, i, all) => value !== all[i - 1]),
      [10, 14],
    )
    assert.deepEqual(new Set(renamed.map(({ startTime }) => startTime)), new Set([old!.startTime]))
    assert.equal(agent.increase('ens34', 'ethtool', ALLOWANCE), 4)
  }),

  'does not read zeros of an interface that is down': onCard('2.17', (card, agent) => {
    card.tell('set', 'queue_0_rx_cnt', 1000)
    agent.look()
    card.link('down')
    card.tell('inc', 'queue_0_rx_cnt', 7)
    agent.look()
    card.link('up')
    card.tell('inc', 'queue_0_rx_cnt', 3)
    agent.look()
    const points = agent.points(card.name, 'statistics', 'rx_packets')
    assert.deepEqual(
      points.map(({ value }) => value),
      [1000, 1010],
    )
    assert.equal(points[1]!.startTime, points[0]!.startTime)
  }),

  'starts again where an older driver forgets its queues while the interface is down': onCard('2.12', (card, agent) => {
    card.tell('set', 'queue_0_rx_cnt', 1000)
    agent.look()
    card.link('down')
    agent.look()
    card.link('up')
    card.tell('inc', 'queue_0_rx_cnt', 3)
    agent.look()
    const points = agent.points(card.name, 'statistics', 'rx_packets')
    assert.deepEqual(
      points.map(({ value }) => value),
      [1000, 3],
    )
    assert.equal(points[1]!.startTime, points[0]!.time)
    assert.equal(agent.increase(card.name, 'statistics', 'rx_packets'), 3)
  }),

  'starts again at a driver reset, allowances and, up to 2.15, packets': onCard('2.12', (card, agent) => {
    card.tell('set', ALLOWANCE, 50)
    card.tell('set', 'queue_1_rx_cnt', 5000)
    agent.look()
    card.tell('reset')
    card.tell('inc', ALLOWANCE, 2)
    card.tell('inc', 'queue_1_rx_cnt', 8)
    agent.look()
    for (const [from, key, value] of [
      ['ethtool', ALLOWANCE, 2],
      ['statistics', 'rx_packets', 8],
    ] as const) {
      const points = agent.points(card.name, from, key)
      assert.equal(points.at(-1)!.value, value)
      assert.equal(points.at(-1)!.startTime, points[0]!.time)
      assert.equal(agent.increase(card.name, from, key), value)
    }
  }),

  'starts again at a driver reset also when more is counted after it than before': onCard('2.17', (card, agent) => {
    card.tell('set', ALLOWANCE, 3)
    agent.look()
    card.tell('reset')
    card.tell('inc', ALLOWANCE, 5)
    agent.look()
    assert.equal(agent.increase(card.name, 'ethtool', ALLOWANCE), 5)
  }),

  'starts again at a driver reset in which nothing is dropped afterwards': onCard('2.17', (card, agent) => {
    card.tell('set', ALLOWANCE, 50)
    agent.look()
    card.tell('reset')
    agent.look()
    const points = agent.points(card.name, 'ethtool', ALLOWANCE)
    assert.equal(points.at(-1)!.value, 0)
    assert.equal(points.at(-1)!.startTime, points[0]!.time)
    assert.equal(agent.counts.discarded.all_zero, 0)
  }),

  'goes on at a driver reset with the packets that 2.16 and newer keep': onCard('2.17', (card, agent) => {
    card.tell('set', 'queue_1_rx_cnt', 5000)
    agent.look()
    card.tell('device', 'off') // in the middle of it
    agent.look()
    assert.equal(agent.counts.discarded.all_zero, 1)
    card.tell('reset')
    card.tell('device', 'on')
    card.tell('inc', 'queue_1_rx_cnt', 8)
    agent.look()
    const points = agent.points(card.name, 'statistics', 'rx_packets')
    assert.deepEqual(
      points.map(({ value }) => value),
      [5000, 5008],
    )
    assert.equal(points[1]!.startTime, points[0]!.startTime)
  }),

  'tells no increase when a failed command reads all zero, and counts the read as discarded': onCard(
    '2.17',
    (card, agent) => {
      card.tell('set', ALLOWANCE, 50)
      card.tell('set', 'conntrack_allowance_available', 136_812)
      agent.look()
      card.tell('fail', 'zero', 2)
      agent.look()
      agent.look()
      assert.equal(agent.counts.discarded.all_zero, 2)
      card.tell('inc', ALLOWANCE, 6)
      agent.look()
      assert.equal(agent.increase(card.name, 'ethtool', ALLOWANCE), 6)
      const available = agent.points(card.name, 'ethtool', 'conntrack_allowance_available')
      assert.deepEqual(
        available.map(({ value }) => value),
        [136_812, 136_812],
      )
    },
  ),

  'tells no increase when the very first command fails and reads all zero': ({ insert, observe }) => {
    const card = insert('2.17')
    card.tell('set', ALLOWANCE, 50)
    card.tell('set', 'conntrack_allowance_available', 136_812)
    const agent = observe()
    card.tell('fail', 'zero', 1)
    agent.look()
    agent.look()
    assert.equal(agent.increase(card.name, 'ethtool', ALLOWANCE), 0)
  },

  'tells no increase when a command fails just when the interface was set down and up': ({ insert, observe }) => {
    const card = insert('2.17')
    card.tell('set', ALLOWANCE, 50)
    const agent = observe()
    agent.look()
    card.link('down')
    card.link('up')
    card.tell('fail', 'zero', 1)
    agent.look()
    agent.look()
    assert.equal(agent.increase(card.name, 'ethtool', ALLOWANCE), 0)
  },

  'tells the true increase when failed commands repeat what was read before': onCard('6.12', (card, agent) => {
    card.tell('set', ALLOWANCE, 50)
    agent.look()
    card.tell('fail', 'cached', 2)
    card.tell('inc', ALLOWANCE, 6)
    agent.look()
    agent.look()
    assert.equal(agent.increase(card.name, 'ethtool', ALLOWANCE), 0)
    agent.look()
    assert.equal(agent.increase(card.name, 'ethtool', ALLOWANCE), 6)
  }),

  'tells no increase when a failed command reads garbage': onCard('2.12', (card, agent) => {
    card.tell('set', ALLOWANCE, 50)
    card.tell('set', 'bw_in_allowance_exceeded', 11_072)
    agent.look()
    card.tell('fail', 'garbage', 1)
    agent.look()
    card.tell('inc', ALLOWANCE, 6)
    agent.look()
    assert.deepEqual(
      [ALLOWANCE, 'bw_in_allowance_exceeded', 'pps_allowance_exceeded'].map((key) =>
        agent.increase(card.name, 'ethtool', key),
      ),
      [6, 0, 0],
    )
  }),

  'goes on after the device was suspended': onCard('2.17', (card, agent) => {
    card.tell('set', ALLOWANCE, 50)
    card.tell('set', 'queue_0_rx_cnt', 5000)
    agent.look()
    card.tell('suspend')
    agent.look()
    assert.ok(agent.counts.failures.ethtool > 0)
    assert.ok(agent.interfaces().includes(card.name))
    card.tell('resume')
    card.tell('inc', ALLOWANCE, 6)
    card.tell('inc', 'queue_0_rx_cnt', 7)
    agent.look()
    for (const [from, key, rose] of [
      ['ethtool', ALLOWANCE, 6],
      ['statistics', 'rx_packets', 7],
    ] as const) {
      const points = agent.points(card.name, from, key)
      assert.equal(agent.increase(card.name, from, key), rose)
      assert.equal(new Set(points.map(({ startTime }) => startTime)).size, 1)
    }
  }),

  'notices that the driver has other statistics': ({ insert, observe }) => {
    const card = insert('2.12')
    const agent = observe({ statistics: '.' })
    card.tell('set', ALLOWANCE, 50)
    card.tell('set', 'ena_admin_q_submitted_cmd', 900) // behind the queues
    agent.look()
    assert.deepEqual(agent.points(card.name, 'ethtool', 'queue_3_rx_cnt'), [])
    card.tell('queues', 4)
    card.tell('inc', 'queue_3_rx_cnt', 12)
    card.tell('inc', 'ena_admin_q_submitted_cmd', 1)
    agent.look()
    card.tell('queues', 1)
    card.tell('inc', ALLOWANCE, 2)
    card.tell('inc', 'ena_admin_q_submitted_cmd', 1)
    agent.look()
    assert.deepEqual(
      agent.points(card.name, 'ethtool', 'queue_3_rx_cnt').map(({ value }) => value),
      [12],
    )
    assert.equal(agent.increase(card.name, 'ethtool', ALLOWANCE), 2)
    assert.equal(agent.increase(card.name, 'ethtool', 'ena_admin_q_submitted_cmd'), 2)
    assert.deepEqual([...agent.statistics(card.name)], [...card.truth()])
  },

  'waits for a slow admin command, and reads what it should': onCard('2.17', (card, agent) => {
    agent.look()
    card.tell('slow', 300)
    card.tell('inc', ALLOWANCE, 6)
    const start = performance.now()
    agent.look()
    assert.ok(performance.now() - start >= 300)
    assert.equal(agent.increase(card.name, 'ethtool', ALLOWANCE), 6)
    assert.deepEqual(agent.counts.failures, { interfaces: 0, statistics: 0, ethtool: 0, conntrack: 0 })
  }),
}

/** A scenario of one card, which is in when the agent starts. */
function onCard(generation: Generation, play: (card: Card, agent: Observer) => void): Scenario {
  return ({ insert, observe }) => play(insert(generation), observe())
}

/** A look takes a while, and it is the agent's affair when in it it asks for the time. */
function assertWithin(time: number, { beganMs, endedMs }: Look): void {
  assert.ok(beganMs <= time && time <= endedMs, `${time} is not within ${beganMs} to ${endedMs}`)
}
