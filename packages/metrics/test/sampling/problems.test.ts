import { expect, test } from 'vitest'

import type { Log } from '../../src/log.ts'
import { createProblems } from '../../src/sampling/problems.ts'

/** A log that keeps its lines. */
function recordLog(): { readonly log: Log; readonly entries: [string, object, string][] } {
  const entries: [string, object, string][] = []
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void entries.push([level, fields, message])
  return { log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, entries }
}

test('a problem is logged when it begins, when it changes and when it is over, not in between', () => {
  const { log, entries } = recordLog()
  const problems = createProblems(log)
  const error = new Error('EIO')
  for (const problem of [undefined, 'slow', 'slow', 'slow', 'dead', 'dead', undefined, undefined, 'slow'])
    problems.report('eth0 ethtool', problem, problem === 'dead' ? error : undefined)
  expect(entries).toEqual([
    ['warn', { what: 'eth0 ethtool' }, 'eth0 ethtool: slow'],
    ['warn', { what: 'eth0 ethtool', err: error }, 'eth0 ethtool: dead'],
    ['info', { what: 'eth0 ethtool' }, 'eth0 ethtool: recovered'],
    ['warn', { what: 'eth0 ethtool' }, 'eth0 ethtool: slow'],
  ])
})

test('an answer of the kernel is logged by its code, a mistake of ours with its stack', () => {
  const { log, entries } = recordLog()
  const problems = createProblems(log)
  const ours = new TypeError('x is undefined')
  problems.report('eth0', 'no such device', Object.assign(new Error('no such device'), { code: 'ENODEV' }))
  problems.report('eth1', 'x is undefined', ours)
  expect(entries.map(([, fields]) => fields)).toEqual([
    { what: 'eth0', code: 'ENODEV' },
    { what: 'eth1', err: ours },
  ])
})

test('an interface that is no more takes its problems with it, without a word, and leaves those of others', () => {
  const { log, entries } = recordLog()
  const problems = createProblems(log)
  for (const what of ['eth1', 'eth1 ethtool', 'eth1 statistics', 'eth10 ethtool', 'conntrack'])
    problems.report(what, 'bad')
  const before = entries.length
  problems.forget('eth1')
  expect([...problems.current().keys()]).toEqual(['eth10 ethtool', 'conntrack'])
  expect(entries).toHaveLength(before)
})
