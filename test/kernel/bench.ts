// In a guest: the agent and the cards of one scenario. They are removed when it ends, also after a failure, so that the next scenario
// finds the guest as this one did.
import { type Card, insertCard } from './card.ts'
import type { Generation } from './names.ts'
import { type Observer, openObserver } from './observer.ts'

export interface Bench extends Disposable {
  /** Puts a card in. A second one beside it needs another number. */
  readonly insert: (generation: Generation, number?: number) => Card
  /** Opens the agent, with flags as on the command line. */
  readonly observe: (flags?: Readonly<Record<string, unknown>>) => Observer
}

/** A number that no guest's own card has. */
const CARD = 8

export function openBench(): Bench {
  const owned = new DisposableStack()
  return {
    insert: (generation, number = CARD) => owned.use(insertCard(number, generation)),
    observe: (flags) => owned.use(openObserver(flags)),
    [Symbol.dispose]: () => owned.dispose(),
  }
}
