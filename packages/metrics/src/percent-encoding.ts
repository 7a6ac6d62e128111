// Percent-encoded UTF-8, as in OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_HEADERS and grpc-message.

/** The decoded text. undefined when a "%" starts no escape, or the escapes are not UTF-8. Never throws. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
