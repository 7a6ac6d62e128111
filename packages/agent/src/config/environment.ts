// Options from the environment: ENA_OTEL_SAMPLE_INTERVAL and, where OpenTelemetry has a variable for the same thing, that one.
// An empty variable counts as unset (OpenTelemetry specification, "Environment Variable Specification").
import type { OptionName } from './options.ts'

/** The text of one option and where it was found. */
export interface FoundText {
  /** In the form that the option takes. */
  readonly text: string
  /** As it stands there, quoted. */
  readonly written: string
  readonly origin: string
}

/** The option's own variable: `sampleInterval` is `ENA_OTEL_SAMPLE_INTERVAL`. */
export function variableName(option: string): string {
  return `ENA_OTEL_${option.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`
}

/** Whether this is a variable of OpenTelemetry's, which follow its specification: not necessarily meant for us alone. */
export function isOpenTelemetrys(origin: string | undefined): boolean {
  return origin?.startsWith('OTEL_') ?? false
}

/** The variable's text, our own name first; `undefined` when none of its variables is set. */
export function fromEnvironment(
  option: OptionName,
  env: Readonly<Record<string, string | undefined>>,
): FoundText | undefined {
  for (const [origin, translate] of [[variableName(option), asIs] as const, ...(OPEN_TELEMETRY[option] ?? [])]) {
    const text = env[origin]?.trim()
    if (!text) continue
    const unit = translate === milliseconds && isWhole(text) ? ' (milliseconds)' : ''
    return { text: translate(text), written: `${JSON.stringify(text)}${unit}`, origin }
  }
  return undefined
}

const asIs = (text: string): string => text
/** OpenTelemetry: "Enum values SHOULD be interpreted in a case-insensitive manner." */
const lowerCase = (text: string): string => text.toLowerCase()
/** OpenTelemetry's durations are whole milliseconds. */
const milliseconds = (text: string): string => (isWhole(text) ? `${text}ms` : text)
const isWhole = (text: string): boolean => /^\d+$/.test(text)
/** OpenTelemetry: "Any value not explicitly defined here as a true value MUST be interpreted as false." */
const booleanText = (text: string): string => String(text.toLowerCase() === 'true')

type Translated = readonly [variable: string, translate: (text: string) => string]

/** OTLP exporter configuration: the variable of the signal goes before the general one. */
const otlp = (suffix: string, translate: Translated[1] = asIs): readonly Translated[] => [
  [`OTEL_EXPORTER_OTLP_METRICS_${suffix}`, translate],
  [`OTEL_EXPORTER_OTLP_${suffix}`, translate],
]

// OpenTelemetry specification: "OpenTelemetry Protocol Exporter" and "Environment Variable Specification".
const OPEN_TELEMETRY: Partial<Record<OptionName, readonly Translated[]>> = {
  endpoint: otlp('ENDPOINT'),
  protocol: otlp('PROTOCOL', lowerCase),
  header: otlp('HEADERS'),
  compression: otlp('COMPRESSION', lowerCase),
  timeout: otlp('TIMEOUT', milliseconds),
  certificate: otlp('CERTIFICATE'),
  clientCertificate: otlp('CLIENT_CERTIFICATE'),
  clientKey: otlp('CLIENT_KEY'),
  insecure: otlp('INSECURE', booleanText),
  temporality: [['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', lowerCase]],
  exportInterval: [['OTEL_METRIC_EXPORT_INTERVAL', milliseconds]],
}
