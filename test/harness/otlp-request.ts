// An ExportMetricsServiceRequest in OTLP's JSON encoding, as far as the tests look into it.
// https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto/metrics/v1

export interface OtlpRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes?: readonly OtlpAttribute[] }
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name?: string; readonly version?: string }
      readonly metrics: readonly OtlpMetric[]
    }[]
  }[]
}

export interface OtlpMetric {
  readonly name: string
  readonly description?: string
  readonly unit?: string
  readonly sum?: {
    readonly dataPoints: readonly OtlpPoint[]
    /** 2 is cumulative. */
    readonly aggregationTemporality: number
    readonly isMonotonic?: boolean
  }
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] }
}

export interface OtlpPoint {
  readonly attributes?: readonly OtlpAttribute[]
  /** Nanoseconds since 1970, in decimal. */
  readonly startTimeUnixNano?: string
  readonly timeUnixNano: string
  readonly asInt?: string
  readonly asDouble?: number
}

export interface OtlpAttribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: string; readonly boolValue?: boolean }
}
