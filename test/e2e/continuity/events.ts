// Scenario 5, a row an event. Each row knows its drops. Drops that nobody reads before the counter is set to 0 are `unseen`: no agent
// could store them.
import { type ContinuityBench, LINKLOCAL, setLink } from './bench.ts'

export interface Event {
  readonly title: string
  /** Begins when the store holds the truth, ends with the agent running. */
  readonly run: (bench: ContinuityBench) => Promise<{ readonly dropped: number; readonly unseen?: number }>
}

export const EVENTS: readonly Event[] = [
  {
    title: 'without any event is exact',
    run: async (bench) => {
      for (const count of [1, 20, 300]) {
        await bench.drop(count)
        await bench.caughtUp()
      }
      return { dropped: 321 }
    },
  },
  {
    title: 'is exact when the agent is restarted, with drops while it is away',
    run: async (bench) => {
      await bench.drop(3)
      await bench.stopAgent('TERM')
      await bench.drop(40)
      await bench.startAgent()
      await bench.caughtUp()
      await bench.drop(5)
      return { dropped: 48 }
    },
  },
  {
    title: 'is exact when the agent is killed, with drops before and while it is away',
    run: async (bench) => {
      await bench.drop(7) // read or not, exported or not: the kernel keeps it
      await bench.stopAgent('KILL')
      await bench.drop(60)
      await bench.startAgent()
      return { dropped: 67 }
    },
  },
  {
    title: 'is exact when the collector is restarted, with drops while it is away',
    run: async (bench) => {
      await bench.drop(2)
      await bench.pipeline.collector.stop()
      await bench.drop(30)
      await missed(bench)
      await bench.drop(4)
      await bench.pipeline.collector.start()
      await bench.caughtUp()
      await bench.drop(5)
      return { dropped: 41 }
    },
  },
  {
    title: 'is exact when the interface is set down and up, with drops meanwhile',
    run: async (bench) => {
      await setLink(bench.node, 0, 'down')
      await bench.drop(6)
      await bench.caughtUp()
      await setLink(bench.node, 0, 'up')
      await bench.drop(8)
      return { dropped: 14 }
    },
  },
  {
    title: 'is exact when the driver resets and drops go on',
    run: async (bench) => {
      await bench.node.ena('reset 0')
      await bench.drop(9)
      await bench.caughtUp()
      await bench.drop(11)
      return { dropped: 20 }
    },
  },
  {
    title: 'is exact when the driver resets and more is dropped within the second than ever before',
    run: async (bench) => {
      const dropped = (await bench.truth()) + 50
      await bench.node.ena('reset 0', `inc 0 ${LINKLOCAL} ${dropped}`) // the total never fell between two reads
      await bench.caughtUp()
      await bench.drop(7)
      return { dropped: dropped + 7 }
    },
  },
  {
    title: 'misses what was dropped between the last read and a driver reset, and nothing else, when the agent is away',
    run: async (bench) => {
      await bench.stopAgent('TERM')
      await bench.drop(13)
      await bench.node.ena('reset 0')
      await bench.drop(4)
      await bench.startAgent()
      await bench.caughtUp()
      await bench.drop(200)
      return { dropped: 217, unseen: 13 }
    },
  },
  {
    title:
      'is short by the old value when the agent is away at a driver reset and more is dropped after it than ever before',
    run: async (bench) => {
      const before = await bench.truth()
      await bench.stopAgent('TERM')
      await bench.node.ena('reset 0')
      await bench.drop(before + 5) // the total never fell between two reads
      await bench.startAgent()
      return { dropped: before + 5, unseen: before }
    },
  },
  {
    title: 'is exact when the ENI is detached and attached again',
    run: async (bench) => {
      await bench.detach(0)
      await bench.attach(0)
      await bench.drop(17)
      await bench.caughtUp()
      await bench.drop(300)
      return { dropped: 317 }
    },
  },
  {
    title: 'is exact when the ENI is detached and attached again and more is dropped at once than ever before',
    run: async (bench) => {
      const dropped = (await bench.truth()) + 1000
      await bench.detach(0)
      await bench.attach(0)
      await bench.drop(dropped)
      return { dropped }
    },
  },
]

/** The agent says so once, and then only what is new. */
async function missed(bench: ContinuityBench): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await bench.log()).includes('export failed'))
    if (performance.now() > deadline) throw new Error(`the agent doesn't miss its collector\n${await bench.log()}`)
}
