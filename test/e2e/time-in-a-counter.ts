// A counter that tells the time: what is read from it is when it was read.
import type { EnaNode } from './guest-agent.ts'

export interface TimeInACounter {
  /** The guest's time at which the counter was 0, milliseconds since the epoch. */
  readonly zeroMs: number
  /** What the counter is in the end. */
  readonly last: number
}

/** Sets a counter to the milliseconds that have passed, each millisecond for so long. */
export async function writesTheTime(node: EnaNode, card: number, name: string, forMs: number): Promise<TimeInACounter> {
  const { status, stdout, stderr } = await node.guest.exec(['node', '-e', WRITER, String(card), name, String(forMs)])
  if (status !== 0) throw new Error(stderr)
  return { zeroMs: Number(stdout), last: await node.counter(name, card) }
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
