// Durations: 500ms, 1s, 2m, 1h. In milliseconds.
import { createQuantity, type Quantity } from './quantity.ts'

export const DURATION: Quantity = createQuantity({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 })
export const { parse: parseDuration, format: formatDuration } = DURATION
