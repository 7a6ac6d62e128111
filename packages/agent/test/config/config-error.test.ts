import { expect, test } from 'vitest'

import { ConfigError } from '../../src/config/config-error.ts'

test('a configuration error holds its lines, and its message has them all', () => {
  const cause = new Error('EACCES')
  const error = new ConfigError(['a.yaml:1: x', 'a.yaml:2: y'], { cause })
  expect([error.name, error.message, error.lines, error.cause]).toEqual([
    'ConfigError',
    'a.yaml:1: x\na.yaml:2: y',
    ['a.yaml:1: x', 'a.yaml:2: y'],
    cause,
  ])
})
