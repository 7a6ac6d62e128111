// The points of OTLP requests, flat, for comparing with what the kernel says.
import type { OtlpAttribute, OtlpRequest } from './otlp-request.ts'

export interface FlatPoint {
  readonly metric: string
  readonly attributes: Readonly<Record<string, string>>
  readonly value: number
  /** Milliseconds since the epoch; `undefined` for a gauge. */
  readonly startMs: number | undefined
  readonly timeMs: number
  readonly resource: Readonly<Record<string, string>>
}

export function flatPoints(requests: readonly OtlpRequest[]): readonly FlatPoint[] {
  return requests.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) =>
        metrics.flatMap(({ name, sum, gauge }) =>
          (sum ?? gauge)!.dataPoints.map((point) => ({
            metric: name,
            attributes: plain(point.attributes),
            value: Number(point.asInt ?? point.asDouble ?? 0),
            startMs: sum && Number(BigInt(point.startTimeUnixNano ?? 0) / 1_000_000n),
            timeMs: Number(BigInt(point.timeUnixNano) / 1_000_000n),
            resource: plain(resource.attributes),
          })),
        ),
      ),
    ),
  )
}

function plain(attributes: readonly OtlpAttribute[] = []): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? '']))
}
