// In a guest: a network card of a scenario's own, moved through the driver's files in debugfs.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

import type { Generation } from './names.ts'
import { cardBus, cardMac } from './set-up.ts'

const DEBUGFS = '/sys/kernel/debug/ena'

export interface Card extends Disposable {
  /** As the interface is called now. */
  readonly name: string
  /** `set`, `inc`, `fail`, …: a command of ena.c with what follows the card's number. */
  readonly tell: (command: string, ...args: readonly (string | number | bigint)[]) => void
  /** The driver's statistics as they truly are, in its order. */
  readonly truth: () => ReadonlyMap<string, bigint>
  /** `ip link set NAME …`. */
  readonly link: (...args: readonly string[]) => void
  /** Takes the card out of the machine. */
  readonly remove: () => void
}

/** Puts a card in and sets its interface up. The guest's own cards have the numbers from 0. */
export function insertCard(number: number, generation: Generation): Card {
  const tell: Card['tell'] = (command, ...args) => {
    const words = [command, number, ...args].join(' ')
    try {
      writeFileSync(`${DEBUGFS}/control`, words)
    } catch (cause) {
      throw new Error(`the driver refused: ${words}`, { cause })
    }
  }
  const link = (...args: readonly string[]): void => void execFileSync('ip', ['link', 'set', nameNow(), ...args])
  const nameNow = (): string => readdirSync(`/sys/bus/platform/devices/${cardBus(number)}/net`)[0]!
  let isIn = true
  const remove = (): void => {
    if (isIn) tell('remove')
    isIn = false
  }
  tell('add', cardMac(number), cardBus(number), generation)
  using undo = new DisposableStack()
  undo.defer(remove)
  link('up')
  undo.move()
  return {
    get name() {
      return nameNow()
    },
    tell,
    link,
    remove,
    [Symbol.dispose]: remove,
    truth: () => {
      const lines = readFileSync(`${DEBUGFS}/values`, 'utf8').matchAll(/^(\d+) (\S+) (\d+)$/gm)
      const own = [...lines].filter(([, card]) => Number(card) === number)
      return new Map(own.map(([, , name, value]) => [name!, BigInt(value!)]))
    },
  }
}
