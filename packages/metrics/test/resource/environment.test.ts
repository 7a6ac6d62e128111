import { expect, test } from 'vitest'
import { environmentAttributes } from '../../src/resource/environment.ts'
import { recordLog } from './recorded-log.ts'

test.each([
  [
    { OTEL_SERVICE_NAME: 'nic-watch', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=net', PATH: '/bin' },
    'nic-watch',
  ],
  [{ OTEL_SERVICE_NAME: '', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=net' }, 'other'],
])('the environment %j gives the service name %s', (env, name) => {
  const log = recordLog()
  expect(environmentAttributes(env, log)).toEqual({ 'service.name': name, team: 'net' })
  expect(log.lines).toEqual([])
})

test('a malformed OTEL_RESOURCE_ATTRIBUTES is ignored whole, with one warning that names the entry', () => {
  const log = recordLog()
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'team=net,broken,also broken', OTEL_SERVICE_NAME: 'a' }
  expect(environmentAttributes(env, log)).toEqual({ 'service.name': 'a' })
  expect(log.lines).toEqual([
    'warn: OTEL_RESOURCE_ATTRIBUTES: entry "broken" has no "="; the whole variable is ignored until that is corrected',
  ])
})
