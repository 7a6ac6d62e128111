// A counter whose value is the time: a sample of it says when it was read.
import type { EnaNode } from '../setup/guest-agent.ts'

export interface TimeInACounter {
  /** The guest's time at which the counter was 0, milliseconds since the epoch. */
  readonly zeroMs: number
  /** What the counter is in the end. */
  readonly last: number
}

/** Sets a counter to the milliseconds that have passed, each millisecond for so long. */
export async function writesTheTime(node: EnaNode, card: number, name: string, forMs: number): Promise<TimeInACounter> {
  const zero = await node.output(['node', '-e', WRITER, String(card), name, String(forMs)])
  return { zeroMs: Number(zero), last: await node.counter(name, card) }
}

const WRITER = `
const { openSync, writeSync } = require('node:fs')
const [card, name, forMs] = process.argv.slice(1)
const control = openSync('/sys/kernel/debug/ena/control', 'w')
const zero = Date.now()
console.log(zero)
let last = 0
const tick = () => {
  const now = Date.now() - zero
  if (now > Number(forMs)) return
  if (now > last) writeSync(control, 'set ' + card + ' ' + name + ' ' + (last = now))
  setImmediate(tick)
}
tick()`
