import { expect, test } from 'vitest'

import { commandOf, readSetting } from './setting.ts'

test.each([
  ['6000,-5', { runs: 6000, seed: -5 }],
  ['1,7,3:0:1', { runs: 1, seed: 7, path: '3:0:1' }],
])('%s is read, and written into a command', (text, want) => {
  expect(readSetting(text)).toEqual(want)
  expect(commandOf(want, 'a.test.ts')).toBe(`ENA_OTEL_SEQUENCES=${text} npx pnpm@12 test a.test.ts`)
})

test.each(['', '6000', '0,1', 'many,1', '10,random', '10,1,x', '10,1 '])('rejects "%s"', (text) => {
  expect(() => readSetting(text)).toThrow('ENA_OTEL_SEQUENCES is RUNS,SEED')
})
