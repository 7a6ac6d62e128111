// Events in the life of a node, in one guest: a counter's rises over each, as the store holds them, are the true number. And
// the failures of the driver's admin command (facts A6): no rise that wasn't, and each discarded read counted.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type NotHere, orSkip } from '../not-here.ts'
import { FAILED_COMMANDS } from './admin-failure.ts'
import { type ContinuityBench, continuityBench } from './continuity-bench.ts'
import { EVENTS } from './continuity-events.ts'

let bench: ContinuityBench | NotHere
beforeAll(async () => {
  bench = await continuityBench()
  if ('notHere' in bench) return
  await bench.startAgent()
  for (const card of [0, 1, 2]) {
    await bench.node.ena(`set ${card} conntrack_allowance_available 136812`)
    await bench.drop(100, card)
    await bench.caughtUp(card)
  }
})
afterAll(async () => {
  if (bench !== undefined && !('notHere' in bench)) await bench[Symbol.asyncDispose]()
})

describe('the rise over an event, out of the samples that the store holds', () => {
  it.for(EVENTS)('$title', { timeout: 240_000 }, async ({ title, run }, { skip }) => {
    const there = orSkip(bench, skip)
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
  it.for(FAILED_COMMANDS)('$title', { timeout: 240_000 }, async ({ title, card, run, ...expected }, { skip }) => {
    const there = orSkip(bench, skip)
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
