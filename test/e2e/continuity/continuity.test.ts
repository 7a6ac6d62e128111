// Events in the life of a node, in one guest: a counter's increase over each, as the store has it, is the true number. And failures
// of the driver's admin command (facts A6): no false increase, and each discarded read is counted.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { FAILED_COMMANDS } from './admin-failure.ts'
import { type ContinuityBench, continuityBench } from './bench.ts'
import { EVENTS } from './events.ts'

let bench: ContinuityBench | undefined
beforeAll(async () => {
  const there = await continuityBench()
  bench = there
  await there.startAgent()
  for (const card of [0, 1, 2]) {
    await there.node.ena(`set ${card} conntrack_allowance_available 136812`)
    await there.drop(100, card)
    await there.caughtUp(card)
  }
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

describe('the increase over an event, from the samples in the store', () => {
  it.for(EVENTS)('$title', { timeout: 240_000 }, async ({ title, run }) => {
    const there = bench!
    await there.caughtUp()
    const since = (await there.stored().samples()).at(-1)!.timeMs
    const { dropped, unseen = 0 } = await run(there)
    const stored = await there.stored().increaseTo(await there.truth(), since)
    console.log(
      `${title}: ${dropped} dropped, ${stored} stored${unseen > 0 ? `, ${unseen} that nobody could see` : ''}`,
    )
    expect(stored).toBe(dropped - unseen)
  })
})

describe('a failed admin command', () => {
  it.for(FAILED_COMMANDS)('$title', { timeout: 240_000 }, async ({ title, card, run, ...expected }) => {
    const there = bench!
    await there.caughtUp(card)
    const since = (await there.stored(card).samples()).at(-1)!.timeMs
    await run(there)
    const stored = await there.stored(card).increaseTo(await there.truth(card), since)
    const discarded = await there.discarded(expected.reason, since)
    const others = await there.stored(card, 'bw_in').samples()
    console.log(
      `${title}: ${expected.dropped} dropped, ${stored} stored; ${discarded} of ${expected.failed} failed reads discarded`,
    )
    expect({ stored, discarded, others: [...new Set(others.map(({ value }) => value))] }).toEqual({
      stored: expected.dropped,
      discarded: expected.discarded,
      others: [0],
    })
  })
})
