import { detectResources } from '@opentelemetry/resources'
import { expect, test } from 'vitest'

import { createKubernetesDetector } from '../../src/resource/kubernetes-detector.ts'

test.each([
  [
    { K8S_NODE_NAME: 'node-1', NODE_NAME: 'node-2', K8S_CLUSTER_NAME: 'prod', K8S_POD_NAME: 'ena-otel-x7k2p' },
    { 'k8s.node.name': 'node-1', 'k8s.cluster.name': 'prod' },
  ],
  [{ K8S_NODE_NAME: '', NODE_NAME: 'node-2', K8S_CLUSTER_NAME: '' }, { 'k8s.node.name': 'node-2' }],
  [{}, {}],
])('the environment %j gives the attributes %j', (env, want) => {
  const resource = detectResources({ detectors: [createKubernetesDetector({ env })] })
  expect([resource.asyncAttributesPending, resource.attributes]).toStrictEqual([false, want])
})
