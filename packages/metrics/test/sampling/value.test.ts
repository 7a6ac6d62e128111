import { expect, it } from 'vitest'

import { type Change, changeOf, hiddenZeroTime, riseOf, setValue, type Value } from '../../src/sampling/value.ts'

function take(
  value: Value,
  number: number,
  time: number,
  wasReset = false,
): readonly [Change, number, number | undefined] {
  const sample = { value: number, time, steadyMs: time, endMs: time, wasReset }
  const change = changeOf(value, sample)
  const result = [change, riseOf(value, sample, change), hiddenZeroTime(value, sample, change)] as const
  setValue(value, sample, change)
  return result
}

function valueOf(kind: 'counter' | 'gauge', startTime?: number, zeroTime?: number): Value {
  return { kind, startTime, zeroTime, time: undefined, value: undefined, highest: undefined, first: undefined }
}

it('tells a rise from a reset, which begins at the sample before it', () => {
  const value = valueOf('counter', 0)
  expect(take(value, 7, 10)).toEqual(['first', 0, undefined])
  expect(take(value, 7, 20)).toEqual(['same', 0, undefined])
  expect(take(value, 9, 30)).toEqual(['changed', 2, undefined])
  expect(take(value, 2, 40)).toEqual(['reset', 2, undefined])
  expect(value).toMatchObject({
    startTime: 30,
    time: 40,
    value: 2,
    highest: 9,
    first: { startTime: 0, time: 10, value: 7 },
  })
})

it('knows when a counter was 0 where its values do not show the reset', () => {
  const value = valueOf('counter', 0)
  take(value, 7, 10)
  expect(take(value, 9, 20, true)).toEqual(['reset', 9, 11])
})

it('has a zero before its first sample where it appeared while the agent was running, unless it is still zero, or a gauge', () => {
  expect(take(valueOf('counter', 0, 1), 4, 10)).toEqual(['first', 0, 1])
  expect(take(valueOf('counter', 0, 1), 0, 10)).toEqual(['first', 0, undefined])
  expect(take(valueOf('gauge', 0, 1), 4, 10)).toEqual(['first', 0, undefined])
})

it('counts from its first sample when nothing counted before', () => {
  const value = valueOf('counter')
  take(value, 0, 10)
  take(value, 1, 20)
  expect(value.startTime).toBe(10)
})

it('never sees a reset of a gauge', () => {
  const value = valueOf('gauge', 0)
  take(value, 9, 10)
  expect(take(value, 3, 20)[0]).toBe('changed')
  expect(value).toMatchObject({ startTime: 0, highest: 9 })
})
