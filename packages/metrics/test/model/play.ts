// Plays a sequence of steps: a node, the agent on it, and a store that gets the agent's exports.
import { expect } from 'vitest'

import { createActions } from './actions.ts'
import { type Accepted, type AgentOptions, createAgent } from './agent.ts'
import { createHistory, type History } from './history.ts'
import { expectNothingInvented } from './increase.ts'
import { createKernel, type Driver, type Eni, type Key, KEYS } from './kernel.ts'
import { mount } from './node-fs.ts'
import type { Counted, Step } from './steps.ts'
import { createStore, type Store } from './store.ts'

export interface Run {
  readonly enis: readonly Eni[]
  readonly store: Store
  /** The highest exported peak, by ENI id and counter. */
  readonly peaks: ReadonlyMap<string, number>
  /** What the agent accepted, by MAC address and counter. */
  readonly accepted: ReadonlyMap<string, readonly Accepted[]>
  readonly history: Readonly<History>
}

/** Plays the steps, then ends every fault and samples until the agent is up to date. Checks after each export that nothing is invented. */
export function play(driver: Driver, options: AgentOptions, steps: readonly Step[]): Run {
  const kernel = createKernel(driver)
  mount(kernel.files)
  const store = createStore(options.temporality)
  const history = createHistory()
  const agent = createAgent(kernel, options, history, (metrics) => {
    store.take(metrics)
    expectNothingInvented(actions.enis, store)
  })
  const actions = createActions(driver, kernel, agent, history, options.hasIds)
  const { current } = actions
  for (const device of current) for (const key of KEYS) device.counted[key] = 100 // from before the agent started

  agent.start()
  agent.sample('all')
  for (const step of steps) actions.act(step)

  actions.recover()
  const one = (key: Key): Counted[] => current.map((_, eni) => ({ eni, key, count: 1, at: 0.5 }))
  for (let i = 0; i < 8; i++)
    actions.act({ kind: 'tick', ms: 1000, rises: [...one('rx_packets'), ...one('tx_bytes')], coverage: 'all' })
  agent.exportNow('all')
  for (const { eni, counted } of current)
    for (const key of KEYS)
      expect(agent.accepted.get(`${eni.mac} ${key}`)?.at(-1)?.value, `${key} is up to date`).toBe(counted[key])
  agent.close()
  return { enis: actions.enis, store, peaks: agent.peaks, accepted: agent.accepted, history }
}
