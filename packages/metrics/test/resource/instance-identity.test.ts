import { expect, test } from 'vitest'
import { identityAttributes, parseInstanceIdentity } from '../../src/resource/instance-identity.ts'
import { DOCUMENT } from './imds-server.ts'

test('an identity document becomes the attributes of host and cloud', () => {
  expect(identityAttributes(parseInstanceIdentity(JSON.stringify(DOCUMENT)))).toEqual({
    'cloud.provider': 'aws',
    'cloud.account.id': '123456789012',
    'cloud.region': 'eu-central-1',
    'cloud.availability_zone': 'eu-central-1a',
    'host.id': 'i-0af01c0123456789a',
    'host.type': 'm5.large',
    'host.image.id': 'ami-0123456789abcdef0',
  })
})

test('what a document lacks, or has as something else than text, isn’t offered', () => {
  expect(parseInstanceIdentity('{"instanceId":"i-1","region":null,"imageId":"","accountId":12}')).toEqual({
    instanceId: 'i-1',
  })
})

test.each(['', '<html>', 'null', '7', '[]', '{}', '{"instanceId":7}', '{"instanceId":"i-1"'])(
  'the document %j is refused',
  (text) => {
    expect(() => parseInstanceIdentity(text)).toThrow(SyntaxError)
  },
)
