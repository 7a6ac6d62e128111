import { expect, test } from 'vitest'

import { createAttributeSets } from '../../src/sampling/attribute-sets.ts'

test('a set stays that of its owner, and the next owner follows its newest point', () => {
  const { claim } = createAttributeSets()
  const first = claim('eth0', 'one')
  first.newest = 7
  expect(claim('eth0', 'one')).toBe(first)
  expect(claim('eth0', 'another')).toMatchObject({ owner: 'another', takenAfter: 7 })
})

test('of many names, those that were not claimed for the longest time are forgotten', () => {
  const { claim } = createAttributeSets()
  const kept = claim('eth0', 'one')
  claim('gone', 'one').newest = 7
  for (let pod = 0; pod < 3_000; pod++) {
    claim(`veth${pod}`, 'pod')
    claim('eth0', 'one')
  }
  expect(claim('eth0', 'one')).toBe(kept)
  expect(claim('gone', 'another').takenAfter).toBeUndefined()
})
