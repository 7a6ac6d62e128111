// The body of a successful response: which points the collector rejected, and why.
import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer'

import { firstLine } from './failure.ts'
import { fieldsOf, messagesIn } from './protobuf.ts'

const NOT_OTLP = 'its answer is not OTLP: is it a collector?'

/**
 * `ExportMetricsServiceResponse { partial_success = 1 { rejected_data_points = 1, error_message = 2 } }`.
 *
 * @returns a warning as `errorMessage` when the bytes are no such message: the request was accepted all the same. Never throws.
 */
export function deserializeResponse(data: Uint8Array): IExportMetricsServiceResponse {
  try {
    const [partial] = messagesIn(Buffer.from(data.buffer, data.byteOffset, data.length), 1).slice(-1)
    return partial ? { partialSuccess: partialSuccess(partial) } : {}
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { partialSuccess: { rejectedDataPoints: 0, errorMessage: NOT_OTLP } }
  }
}

function partialSuccess(message: Buffer): { rejectedDataPoints: number; errorMessage: string } {
  let rejectedDataPoints = 0
  let errorMessage = ''
  for (const [field, value] of fieldsOf(message)) {
    // An int64: a negative number reads as 2^63 or more, and means nothing.
    if (field === 1 && typeof value === 'number' && value < 2 ** 63) rejectedDataPoints = value
    if (field === 2 && typeof value !== 'number') errorMessage = firstLine(value.toString())
  }
  return { rejectedDataPoints, errorMessage }
}
