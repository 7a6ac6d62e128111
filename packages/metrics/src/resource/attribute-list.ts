// The text of OTEL_RESOURCE_ATTRIBUTES: `key1=value1,key2=value2`, with `,` and `=` percent-encoded in keys and values.
// https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable

import type { ResourceAttributes } from './attributes.ts'

/** All attributes of a list, or the first entry that can't be understood. */
export type AttributeList =
  | { readonly attributes: ResourceAttributes }
  | { readonly malformed: { readonly entry: string; readonly reason: string } }

/**
 * The attributes of the list, decoded; of two with the same key the last. One malformed entry spoils the whole list, as the specification
 * wants it. Blank entries (a comma at the end) are passed over. Never throws.
 */
export function parseAttributeList(text: string): AttributeList {
  const attributes = new Map<string, string>()
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue
    const parts = entry.split('=')
    const [key, value] = parts.map((part) => percentDecoded(part.trim()))
    if (parts.length === 1) return malformed(entry, 'has no "="')
    if (parts.length > 2) return malformed(entry, 'has more than one "=": write %3D inside a value')
    if (key === undefined || value === undefined)
      return malformed(entry, 'has a "%" that starts no UTF-8 escape: write %25')
    if (key === '') return malformed(entry, 'has no key')
    attributes.set(key, value)
  }
  return { attributes: Object.fromEntries(attributes) }
}

function malformed(entry: string, reason: string): AttributeList {
  return { malformed: { entry, reason } }
}

/** undefined = not percent-encoded UTF-8. */
function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
