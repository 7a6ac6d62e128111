// What OpenTelemetry's own environment variables say about the resource:
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/

import type { Log } from '../log.ts'
import { parseAttributeList } from './attribute-list.ts'
import { ATTRIBUTE, mergeAttributes, type OfferedAttributes, type ResourceAttributes } from './attributes.ts'

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The attributes of OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME, which wins. An empty variable counts as not set. A malformed
 * OTEL_RESOURCE_ATTRIBUTES is ignored as a whole, with one warning. Never throws.
 */
export function environmentAttributes(env: Environment, log: Log): ResourceAttributes {
  return mergeAttributes([
    listedAttributes(env.OTEL_RESOURCE_ATTRIBUTES ?? '', log),
    { [ATTRIBUTE.serviceName]: env.OTEL_SERVICE_NAME },
  ])
}

function listedAttributes(text: string, log: Log): OfferedAttributes {
  const list = parseAttributeList(text)
  if ('attributes' in list) return list.attributes
  const { entry, reason } = list.malformed
  log.warn(
    { variable: 'OTEL_RESOURCE_ATTRIBUTES', entry },
    `OTEL_RESOURCE_ATTRIBUTES: entry ${JSON.stringify(entry)} ${reason}; the whole variable is ignored until that is corrected`,
  )
  return {}
}
