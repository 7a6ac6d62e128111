// What the environment says about the resource: OpenTelemetry's own variables, and those that a pod gets from the downward API.

import { parseAttributeList } from './attribute-list.ts'
import { ATTRIBUTE, mergeAttributes, type OfferedAttributes, type ResourceAttributes } from './attributes.ts'
import type { ResourceLog } from './log.ts'

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Attributes of the environment: OTEL_SERVICE_NAME over OTEL_RESOURCE_ATTRIBUTES (as the OpenTelemetry specification says) over the downward
 * API's K8S_NODE_NAME (or NODE_NAME) and K8S_CLUSTER_NAME. An empty variable is one that isn't set. A malformed OTEL_RESOURCE_ATTRIBUTES is
 * dropped whole, with one warning.
 */
export function environmentAttributes(env: Environment, log: ResourceLog): ResourceAttributes {
  return mergeAttributes([
    downwardApi(env),
    listedAttributes(env.OTEL_RESOURCE_ATTRIBUTES ?? '', log),
    { [ATTRIBUTE.serviceName]: env.OTEL_SERVICE_NAME },
  ])
}

/**
 * K8S_POD_NAME and K8S_NAMESPACE_NAME are left out on purpose: a DaemonSet's pod has another name after each restart or update, and every
 * series of the node would start anew with it. The node is what we measure, and its name stays.
 */
function downwardApi(env: Environment): OfferedAttributes {
  return {
    [ATTRIBUTE.k8sNodeName]: env.K8S_NODE_NAME || env.NODE_NAME,
    [ATTRIBUTE.k8sClusterName]: env.K8S_CLUSTER_NAME,
  }
}

function listedAttributes(text: string, log: ResourceLog): OfferedAttributes {
  const list = parseAttributeList(text)
  if ('attributes' in list) return list.attributes
  const { entry, reason } = list.malformed
  log.warn(
    { variable: 'OTEL_RESOURCE_ATTRIBUTES', entry },
    `OTEL_RESOURCE_ATTRIBUTES: entry ${JSON.stringify(entry)} ${reason}; the whole variable is ignored until that is corrected`,
  )
  return {}
}
