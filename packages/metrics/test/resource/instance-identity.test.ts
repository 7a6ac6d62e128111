import { expect, test } from 'vitest'
import { identityAttributes } from '../../src/resource/instance-identity.ts'

test('a field that is missing, empty or not a text is not offered', () => {
  expect(identityAttributes('{"instanceId":"i-1","region":null,"imageId":"","accountId":12}')).toEqual({
    'cloud.provider': 'aws',
    'host.id': 'i-1',
  })
})

test.each(['', '<html>', 'null', '7', '[]', '{}', '{"instanceId":7}', '{"instanceId":"i-1"'])(
  'the document %j is refused',
  (text) => {
    expect(() => identityAttributes(text)).toThrow(SyntaxError)
  },
)
