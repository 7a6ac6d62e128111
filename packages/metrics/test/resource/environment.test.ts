import { expect, test } from 'vitest'
import { environmentAttributes } from '../../src/resource/environment.ts'
import { recordLog } from './recorded-log.ts'

test('OpenTelemetry’s variables beat the downward API, and the pod’s own name stays out', () => {
  const log = recordLog()
  const env = {
    OTEL_SERVICE_NAME: 'nic-watch',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,k8s.cluster.name=prod,team=net',
    K8S_NODE_NAME: 'ip-10-0-0-17.eu-central-1.compute.internal',
    NODE_NAME: 'other-node',
    K8S_CLUSTER_NAME: 'staging',
    K8S_POD_NAME: 'ena-otel-x7k2p',
    K8S_NAMESPACE_NAME: 'monitoring',
    PATH: '/bin',
  }
  expect(environmentAttributes(env, log)).toEqual({
    'service.name': 'nic-watch',
    'k8s.cluster.name': 'prod',
    'k8s.node.name': 'ip-10-0-0-17.eu-central-1.compute.internal',
    team: 'net',
  })
  expect(log.lines).toEqual([])
})

test('variables that are empty or not set offer nothing', () => {
  const log = recordLog()
  const env = { OTEL_SERVICE_NAME: '', OTEL_RESOURCE_ATTRIBUTES: '', K8S_NODE_NAME: '', NODE_NAME: 'node-1' }
  expect(environmentAttributes(env, log)).toEqual({ 'k8s.node.name': 'node-1' })
  expect(environmentAttributes({}, log)).toEqual({})
  expect(log.lines).toEqual([])
})

test('a malformed OTEL_RESOURCE_ATTRIBUTES is dropped whole with one warning that names the entry; the rest of the environment counts', () => {
  const log = recordLog()
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'team=net,broken,also broken', OTEL_SERVICE_NAME: 'a', NODE_NAME: 'node-1' }
  expect(environmentAttributes(env, log)).toEqual({ 'k8s.node.name': 'node-1', 'service.name': 'a' })
  expect(log.lines).toEqual([
    'warn: OTEL_RESOURCE_ATTRIBUTES: entry "broken" has no "="; the whole variable is ignored until that is corrected',
  ])
})
