// Scenario 6, a row a habit of the driver when its admin command fails (facts A6): all allowances 0 (customer metrics path),
// the values of the last one that worked (6.12, out-of-tree up to 2.13.1), or what lay on the stack (2.13.2 to 2.15.0).
import { type ContinuityBench, CARDS, LINKLOCAL } from './bench.ts'

export interface FailedCommand {
  readonly title: string
  readonly card: number
  /** How many commands fail. */
  readonly failed: number
  /** How many link-local drops there are meanwhile and afterwards. */
  readonly dropped: number
  /** How many reads are to be discarded, and why. */
  readonly discarded: number
  readonly reason: 'all_zero' | 'implausible' | 'unanswered'
  readonly run: (bench: ContinuityBench) => Promise<void>
}

export const FAILED_COMMANDS: readonly FailedCommand[] = [
  {
    title: 'that reads all zero adds no increase; each read is discarded and counted',
    card: CARDS.zero,
    failed: 3,
    dropped: 18,
    discarded: 3,
    reason: 'all_zero',
    run: (bench) => failing(bench, CARDS.zero, 'zero', 3),
  },
  {
    title: 'that is the first one of an agent and reads all zero adds no increase',
    card: CARDS.zero,
    failed: 2,
    dropped: 19,
    discarded: 1, // the other one fails when the reader is opened, which asks once for what to compare with
    reason: 'all_zero',
    run: async (bench) => {
      await bench.stopAgent('TERM')
      await bench.node.ena(`fail ${CARDS.zero} zero 2`)
      await bench.drop(19, CARDS.zero)
      await bench.startAgent()
    },
  },
  {
    title: 'that repeats the last values adds no increase, and the next read has the drops of that time',
    card: CARDS.cached,
    failed: 3,
    dropped: 18,
    discarded: 3,
    reason: 'unanswered',
    run: (bench) => failing(bench, CARDS.cached, 'cached', 3),
  },
  {
    title: 'that reads garbage adds no increase; each read is discarded and counted',
    card: CARDS.garbage,
    failed: 2,
    dropped: 18,
    discarded: 2,
    reason: 'implausible',
    run: (bench) => failing(bench, CARDS.garbage, 'garbage', 2),
  },
]

/** So many commands fail, with 7 drops meanwhile and 11 afterwards. */
async function failing(
  { node, drop, caughtUp }: ContinuityBench,
  card: number,
  habit: string,
  count: number,
): Promise<void> {
  await node.ena(`fail ${card} ${habit} ${count}`, `inc ${card} ${LINKLOCAL} 7`)
  await caughtUp(card)
  await drop(11, card)
}
