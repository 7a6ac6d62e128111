// What the scenarios of events have in common: one guest with a network card of each failure habit, one pipeline, one agent
// that is running when an event begins.
import type { Generation } from '../../kernel/names.ts'
import { cardBus, cardMac } from '../../kernel/set-up.ts'
import { exactIncrease, type StoredCounter, storedCounter } from './increase.ts'
import { type EnaNode, enaNode, type NodeAgent } from '../setup/guest-agent.ts'
import { type Pipeline, pipeline } from '../setup/pipeline.ts'

/** eth0, eth1, eth2: which of the habits of facts A6 each one's driver has. */
export const CARDS = { zero: 0, cached: 1, garbage: 2 } as const
const GENERATIONS: readonly Generation[] = ['2.17', '6.12', '2.12']
const NODE = 'ip-10-0-5-1'

export const LINKLOCAL = 'linklocal_allowance_exceeded'

export interface ContinuityBench extends AsyncDisposable {
  readonly node: EnaNode
  readonly pipeline: Pipeline
  /** The agent's log since it was started last. */
  readonly log: () => Promise<string>
  readonly stopAgent: (signal: 'TERM' | 'KILL') => Promise<void>
  readonly startAgent: () => Promise<void>
  /** An allowance's counter in the store; link-local drops by default. */
  readonly stored: (card?: number, allowance?: string) => StoredCounter
  /** The true value of link-local drops, or of another statistic of the driver. */
  readonly truth: (card?: number, name?: string) => Promise<number>
  /** So many more link-local drops. */
  readonly drop: (count: number, card?: number) => Promise<void>
  /** Waits until the store holds the truth about link-local drops. */
  readonly caughtUp: (card?: number) => Promise<void>
  /** How many reads the agents have discarded for this reason since then, as the store has it three exports later. */
  readonly discarded: (reason: string, sinceMs: number) => Promise<number>
  /** Takes a card out, as when its ENI is detached. */
  readonly detach: (card: number) => Promise<void>
  /** Puts it in again, with the same MAC and bus address, and sets its interface up. */
  readonly attach: (card: number) => Promise<void>
}

/** Boots the guest and starts the rest, in about 15 s. No agent runs yet. */
export async function continuityBench(): Promise<ContinuityBench> {
  await using parts = new AsyncDisposableStack()
  const [node, store] = await Promise.all([
    enaNode({ nics: GENERATIONS }).then((made) => parts.use(made)),
    pipeline({ collector: IN_A_HURRY }).then((made) => parts.use(made)),
  ])
  const owned = parts.move()
  let agent: NodeAgent | undefined
  const stored: ContinuityBench['stored'] = (card = 0, allowance = 'linklocal') =>
    storedCounter(
      store,
      `ena_allowance_exceeded_total{k8s_node_name="${NODE}",network_interface_name="eth${card}",ena_allowance_name="${allowance}"}`,
    )
  const truth: ContinuityBench['truth'] = (card = 0, name = LINKLOCAL) => node.counter(name, card)
  return {
    node,
    pipeline: store,
    stored,
    truth,
    log: async () => (agent === undefined ? '' : agent.log()),
    startAgent: async () => {
      agent = await node.run({
        endpoint: store.grpcEndpoint,
        nodeName: NODE,
        args: ['--export-interval', '1s', '--timeout', '3s', '--heartbeat-interval', '100ms', '--own-metrics', 'all'],
      })
    },
    stopAgent: async (signal) => {
      const ended = await agent?.stop(signal)
      if (signal === 'TERM' && ended?.status !== 0)
        throw new Error(`the agent ended with ${ended?.status}\n${ended?.log}`)
    },
    drop: (count, card = 0) => node.ena(`inc ${card} ${LINKLOCAL} ${count}`),
    caughtUp: async (card = 0) => stored(card).reaches(await truth(card)),
    discarded: async (reason, sinceMs) => {
      await severalExports(store, 3)
      const counter = storedCounter(store, `ena_otel_read_discarded_total{ena_otel_reason="${reason}"}`)
      const samples = await counter.samples()
      return exactIncrease(
        samples.slice(
          Math.max(
            0,
            samples.findLastIndex(({ timeMs }) => timeMs <= sinceMs),
          ),
        ),
      )
    },
    detach: (card) => node.ena(`remove ${card}`),
    attach: async (card) => {
      await node.ena(`add ${card} ${cardMac(card)} ${cardBus(card)} ${GENERATIONS[card]}`)
      await setLink(node, card, 'up')
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Waits until the store has the samples of so many more exports: what was counted before the first of them is in it. */
async function severalExports(store: Pipeline, more: number): Promise<void> {
  const exports = 'sum(count_over_time(ena_otel_exports_total[1h]))'
  const [now] = await store.query(exports)
  const enough = (now?.value ?? 0) + more
  await store.waitFor(exports, (answer) => answer.some(({ value }) => value >= enough))
}

/** `ip link set ethN up` or `down`, in the guest. */
export async function setLink(node: EnaNode, card: number, state: 'up' | 'down'): Promise<void> {
  await node.output(['ip', 'link', 'set', `eth${card}`, state])
}

/** What can't be written is tried again at once, not after seconds. */
const IN_A_HURRY = {
  exporters: { prometheusremotewrite: { retry_on_failure: { initial_interval: '100ms', max_interval: '500ms' } } },
}
