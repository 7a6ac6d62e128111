// What OpenTelemetry's own environment variables say about the resource:
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
// https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable

import type { Log } from '../log.ts'
import { decodePercent } from '../percent-encoding.ts'
import { ATTRIBUTE, mergeAttributes, type ResourceAttributes } from './attributes.ts'

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The attributes of OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME, which wins. An empty variable counts as not set. A malformed
 * OTEL_RESOURCE_ATTRIBUTES is ignored as a whole, as the specification requires, with one warning. Never throws.
 */
export function environmentAttributes(env: Environment, log: Log): ResourceAttributes {
  const name = { [ATTRIBUTE.serviceName]: env.OTEL_SERVICE_NAME }
  try {
    return mergeAttributes([parseAttributeList(env.OTEL_RESOURCE_ATTRIBUTES ?? ''), name])
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const variable = 'OTEL_RESOURCE_ATTRIBUTES'
    log.warn({ variable }, `${variable}: ${error.message}; the whole variable is ignored until that is corrected`)
    return mergeAttributes([name])
  }
}

/**
 * The attributes of a list `key1=value1,key2=value2`, with `,` and `=` percent-encoded in keys and values; the last of two with the same
 * key. Blank entries (a comma at the end) are skipped.
 *
 * @throws SyntaxError that names the first malformed entry
 */
export function parseAttributeList(text: string): ResourceAttributes {
  const attributes = new Map<string, string>()
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue
    const parts = entry.split('=')
    const [key, value] = parts.map((part) => decodePercent(part.trim()))
    if (parts.length === 1) throw malformed(entry, 'has no "="')
    if (parts.length > 2) throw malformed(entry, 'has more than one "=": write %3D inside a value')
    if (key === undefined || value === undefined)
      throw malformed(entry, 'has a "%" that starts no UTF-8 escape: write %25')
    if (key === '') throw malformed(entry, 'has no key')
    attributes.set(key, value)
  }
  return Object.fromEntries(attributes)
}

function malformed(entry: string, reason: string): SyntaxError {
  return new SyntaxError(`entry ${JSON.stringify(entry)} ${reason}`)
}
