// What a collector took only in part (OTLP specification, "Partial Success"). The exporters tell that, and nothing else that matters,
// to OpenTelemetry's diagnostic logger: `logging-response-handler` of otlp-exporter-base, which takes no handler of ours.
import { diag, DiagLogLevel } from '@opentelemetry/api'

export interface PartialSuccess {
  /** Points that were refused; 0 when the collector took all of them and has something to say about it. */
  readonly rejected: number
  /** Why, in the collector's words; '' when it has none. */
  readonly message: string
}

/**
 * Listens until `close`. There is one diagnostic logger in a process: the last one that listens hears it.
 *
 * Everything else the exporters log there is dropped: what failed is in the result of the export.
 */
export function watchPartialSuccess(heard: (partial: PartialSuccess) => void): { readonly close: () => void } {
  const logger = {
    error: drop,
    warn: (message: string, response: unknown) => {
      if (message.startsWith('Received Partial Success') && typeof response === 'string') heard(decode(response))
    },
    info: drop,
    debug: drop,
    verbose: drop,
  }
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  return { close: () => diag.disable() }
}

const drop = (): void => undefined

/** `ExportMetricsPartialSuccess` as the exporters print it, fields at their default left out. */
function decode(json: string): PartialSuccess {
  const { rejectedDataPoints, errorMessage } = JSON.parse(json) as {
    readonly rejectedDataPoints?: number | string
    readonly errorMessage?: string
  }
  return { rejected: Number(rejectedDataPoints ?? 0), message: errorMessage ?? '' }
}
