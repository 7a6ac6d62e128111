import { expect, test } from 'vitest'
import { imdsEndpoint } from '../../src/resource/imds-endpoint.ts'
import { recordLog } from './recorded-log.ts'

const IPV4 = 'http://169.254.169.254/'
const IPV6 = 'http://[fd00:ec2::254]/'
const STAND_IN = 'http://127.0.0.1:1338/'

test.each<[Record<string, string>, boolean | undefined, string | undefined]>([
  [{}, true, IPV4],
  [{}, undefined, IPV4],
  [{}, false, undefined],
  [{ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv6' }, true, IPV6],
  [{ AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: '' }, true, IPV4],
  [{ AWS_EC2_METADATA_SERVICE_ENDPOINT: STAND_IN }, true, STAND_IN],
  [{ AWS_EC2_METADATA_SERVICE_ENDPOINT: STAND_IN }, false, STAND_IN],
  [{ AWS_EC2_METADATA_SERVICE_ENDPOINT: STAND_IN, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv6' }, true, STAND_IN],
  [{ AWS_EC2_METADATA_DISABLED: 'True', AWS_EC2_METADATA_SERVICE_ENDPOINT: STAND_IN }, true, undefined],
  [{ AWS_EC2_METADATA_DISABLED: 'false' }, true, IPV4],
])('with %j, on EC2 by DMI: %s, the endpoint is %s', (env, amazonEc2, want) => {
  const log = recordLog()
  expect(imdsEndpoint({ env, amazonEc2 }, log)?.href).toBe(want)
  expect(log.lines).toEqual([])
})

test.each(['169.254.169.254', 'https://169.254.169.254', 'http://'])(
  'the endpoint %j is refused with a warning',
  (text) => {
    const log = recordLog()
    const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT: text }
    expect(imdsEndpoint({ env, amazonEc2: true }, log)).toBeUndefined()
    expect(log.lines).toEqual([
      `warn: AWS_EC2_METADATA_SERVICE_ENDPOINT: ${JSON.stringify(text)} is not an http:// URL; IMDS is not asked, so region and ENI ids are missing`,
    ])
  },
)

test('an unknown endpoint mode gives a warning, and IPv4 is used', () => {
  const log = recordLog()
  const env = { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv5' }
  expect(imdsEndpoint({ env, amazonEc2: true }, log)?.href).toBe(IPV4)
  expect(log.lines).toEqual([
    'warn: AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "IPv5" is neither IPv4 nor IPv6; IPv4 is used',
  ])
})
