// The log of parts that are used without the agent: OpenTelemetry's own diagnostics channel.

import { diag } from '@opentelemetry/api'

import type { Log, LogLine } from './log.ts'

/** A log that writes to `diag` of @opentelemetry/api. The program decides with `diag.setLogger` what is shown. */
export function diagLog(): Log {
  const logger = diag.createComponentLogger({ namespace: '@ena-otel/metrics' })
  const at =
    (level: keyof Log): LogLine =>
    (fields, message) =>
      logger[level](message, fields)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
