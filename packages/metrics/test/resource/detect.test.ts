import { expect, test } from 'vitest'
import { detectResource, type DetectOptions } from '../../src/resource/detect.ts'
import { identityAttributes } from '../../src/resource/instance-identity.ts'
import { fixture } from './fixture.ts'
import { DOCUMENT } from './imds-server.ts'
import { recordLog } from './recorded-log.ts'

const identity = identityAttributes(JSON.stringify({ ...DOCUMENT, instanceId: 'i-0dd', instanceType: 'm7g.large' }))

function detect(options: Partial<DetectOptions> = {}): ReturnType<typeof detectResource> {
  const base = { env: {}, hostname: 'ip-10-0-0-17', version: '1.2.3', arch: 'x64', platform: 'linux', log: recordLog() }
  return detectResource({ ...base, ...fixture('nitro'), ...options })
}

test('a Kubernetes node on EC2 is described at once from its environment and DMI, and completed by IMDS', () => {
  const resource = detect({ env: { K8S_NODE_NAME: 'node-1', K8S_CLUSTER_NAME: 'prod' } })
  const atOnce = {
    'cloud.platform': 'aws_ec2', // a node of Kubernetes is not yet one of EKS
    'cloud.provider': 'aws',
    'host.arch': 'amd64',
    'host.id': 'i-0af01c0123456789a',
    'host.name': 'ip-10-0-0-17',
    'host.type': 'm5.large',
    'k8s.cluster.name': 'prod',
    'k8s.node.name': 'node-1',
    'os.type': 'linux',
    'service.instance.id': 'node-1',
    'service.name': 'ena-otel',
    'service.version': '1.2.3',
  }
  expect(resource.attributes).toEqual(atOnce)
  expect(resource.withIdentity(undefined)).toEqual(atOnce)
  expect(resource.withIdentity(identity)).toEqual({
    ...atOnce,
    'host.id': 'i-0dd',
    'host.type': 'm7g.large',
    'host.image.id': 'ami-0123456789abcdef0',
    'cloud.account.id': '123456789012',
    'cloud.region': 'eu-central-1',
    'cloud.availability_zone': 'eu-central-1a',
  })
})

test('an explicit value wins over every detected one', () => {
  const resource = detect({
    env: {
      OTEL_SERVICE_NAME: 'by-service-name',
      OTEL_RESOURCE_ATTRIBUTES:
        'service.name=by-list,service.version=9,host.name=by-list,host.type=by-list,cloud.region=by-list,' +
        'cloud.platform=aws_eks,k8s.node.name=by-list,k8s.cluster.name=by-list,host.arch=by-list',
      K8S_NODE_NAME: 'by-downward-api',
      K8S_CLUSTER_NAME: 'by-downward-api',
    },
    configured: { clusterName: 'by-configuration' },
  })
  expect(resource.withIdentity(identity)).toEqual({
    'cloud.account.id': '123456789012', // IMDS, no other source
    'cloud.availability_zone': 'eu-central-1a',
    'cloud.platform': 'aws_eks', // over the derived one
    'cloud.provider': 'aws',
    'cloud.region': 'by-list', // over IMDS
    'host.arch': 'by-list', // over the host
    'host.id': 'i-0dd', // IMDS over DMI
    'host.image.id': 'ami-0123456789abcdef0',
    'host.name': 'by-list', // over the host
    'host.type': 'by-list', // over IMDS and DMI
    'k8s.cluster.name': 'by-configuration', // over everything
    'k8s.node.name': 'by-list', // over the downward API
    'os.type': 'linux',
    'service.instance.id': 'by-list', // follows the node's name
    'service.name': 'by-service-name', // over the list
    'service.version': '9', // over the default
  })
})

const NITRO_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const LISTED = { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=mine' }

test.each<[string, Partial<DetectOptions>, string | RegExp]>([
  ['what is set explicitly', { env: { ...LISTED, K8S_NODE_NAME: 'node-1' } }, 'mine'],
  ['the configured node name', { env: { NODE_NAME: 'other' }, configured: { nodeName: 'node-1' } }, 'node-1'],
  ['the node’s name', { env: { NODE_NAME: 'node-1' } }, 'node-1'],
  ['the instance’s id', {}, 'i-0af01c0123456789a'],
  ['a UUID of the machine id', fixture('qemu'), NITRO_UUID],
  ['the hostname', fixture('empty'), 'ip-10-0-0-17'],
])('service.instance.id is %s, the same after a restart', (_source, options, want) => {
  const ids = [detect(options), detect(options)].map(({ attributes }) => attributes['service.instance.id'])
  expect(ids[0]).toMatch(want)
  expect(ids[1]).toBe(ids[0])
})

test('a machine without any name gets a warning and a random id, which stays when IMDS fails', () => {
  const log = recordLog()
  const resource = detect({ ...fixture('empty'), hostname: '', log })
  const id = resource.attributes['service.instance.id']
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  expect(resource.withIdentity(undefined)['service.instance.id']).toBe(id)
  expect(log.lines).toEqual([
    'warn: resource: no node name, instance id, machine id or hostname; all series start again at each restart: set K8S_NODE_NAME',
  ])
})

test('the raw machine id is nowhere in the resource', () => {
  expect(JSON.stringify(detect(fixture('qemu')).attributes)).not.toContain('fedcba9876543210')
})

test('a machine outside AWS has no cloud attributes, even with a node name', () => {
  const { attributes, amazonEc2 } = detect({ ...fixture('qemu'), env: { NODE_NAME: 'node-1' }, arch: 'arm64' })
  expect([amazonEc2, attributes]).toEqual([
    false,
    {
      'host.arch': 'arm64',
      'host.name': 'ip-10-0-0-17',
      'k8s.node.name': 'node-1',
      'os.type': 'linux',
      'service.instance.id': 'node-1',
      'service.name': 'ena-otel',
      'service.version': '1.2.3',
    },
  ])
})

const cloud = (attributes: object): unknown[] =>
  Object.entries(attributes).filter(([name]) => /^cloud.p|instance/.test(name))

test('an older instance on Xen is known as EC2 when IMDS answers', () => {
  const resource = detect(fixture('xen'))
  expect(cloud(resource.attributes)).toEqual([['service.instance.id', 'ip-10-0-0-17']])
  expect(cloud(resource.withIdentity(identity))).toEqual([
    ['cloud.platform', 'aws_ec2'],
    ['cloud.provider', 'aws'],
    ['service.instance.id', 'i-0dd'],
  ])
})

test('every subset of the sources gives a service.name and a service.instance.id', () => {
  const sources: readonly Partial<DetectOptions>[] = [
    { sysfs: fixture('nitro').sysfs },
    { etc: fixture('nitro').etc },
    { hostname: 'ip-10-0-0-17' },
    { env: { K8S_NODE_NAME: 'node-1', OTEL_RESOURCE_ATTRIBUTES: 'a=b' } },
    { configured: { clusterName: 'prod' } },
  ]
  for (let subset = 0; subset < 2 ** (sources.length + 1); subset++) {
    const present = sources.filter((_source, bit) => subset & (1 << bit))
    const resource = detect(Object.assign({ ...fixture('empty'), hostname: '' }, ...present))
    const attributes = resource.withIdentity(subset & (1 << sources.length) ? identity : undefined)
    expect(attributes).toMatchObject({ 'service.name': 'ena-otel', 'service.instance.id': expect.stringMatching(/./) })
    expect(Object.values(attributes)).not.toContain('')
  }
})
