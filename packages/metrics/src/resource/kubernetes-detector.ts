// Where this pod runs, by variables that its manifest fills from the Kubernetes downward API:
// https://kubernetes.io/docs/concepts/workloads/pods/downward-api/

import type { ResourceDetector } from '@opentelemetry/resources'

import { ATTRIBUTE, mergeAttributes, type ResourceAttributes } from './attributes.ts'
import type { Environment } from './environment.ts'

export interface KubernetesDetectorOptions {
  /** Default `process.env`. */
  readonly env?: Environment
}

/**
 * k8s.node.name from K8S_NODE_NAME or NODE_NAME, k8s.cluster.name from K8S_CLUSTER_NAME; none for a variable that is empty or not set.
 * K8S_POD_NAME and K8S_NAMESPACE_NAME are left out on purpose: a DaemonSet's pod has another name after each restart or update, and every
 * series of the node would start again with it. We measure the node, and its name stays.
 */
export function kubernetesAttributes(env: Environment): ResourceAttributes {
  return mergeAttributes([
    {
      [ATTRIBUTE.k8sNodeName]: env.K8S_NODE_NAME || env.NODE_NAME,
      [ATTRIBUTE.k8sClusterName]: env.K8S_CLUSTER_NAME,
    },
  ])
}

/** A detector of `kubernetesAttributes`. It answers at once and reads nothing but the environment. */
export function createKubernetesDetector({ env = process.env }: KubernetesDetectorOptions = {}): ResourceDetector {
  return { detect: () => ({ attributes: kubernetesAttributes(env) }) }
}

/** The detector for this process. */
export const kubernetesDetector: ResourceDetector = createKubernetesDetector()
