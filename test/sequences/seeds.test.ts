import { expect, test } from 'vitest'

import { type Outcome, runSeeds } from './seeds.ts'

/** Each seed takes half a minute; the outcome and the seeds that ran. */
async function run(
  answer: (seed: number) => boolean | undefined,
): Promise<Outcome & { readonly ran: readonly number[] }> {
  const ran: number[] = []
  let time = 0
  const outcome = await runSeeds(
    { first: 5, minutes: 1.2 },
    async (seed) => {
      ran.push(seed)
      time += 30_000
      return answer(seed)
    },
    () => time,
  )
  return { ...outcome, ran }
}

test('runs consecutive seeds until the time is over, and finishes the last one', async () => {
  expect(await run(() => true)).toEqual({ failed: undefined, lastPassed: 7, ran: [5, 6, 7] })
})

test('ends at the first seed that fails', async () => {
  expect(await run((seed) => seed < 6)).toEqual({ failed: 6, lastPassed: 5, ran: [5, 6] })
})

test('ends when it is interrupted, without a failed seed', async () => {
  expect(await run(() => undefined)).toEqual({ failed: undefined, lastPassed: undefined, ran: [5] })
})
