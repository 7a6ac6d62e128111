// Durations as people write them: 500ms, 1s, 15s, 2m, 1h. Always with a unit: a bare 15 could be seconds or milliseconds.

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** The accepted form, also used in the JSON schema. */
export const DURATION_PATTERN: RegExp = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/

/** Milliseconds, whole; `undefined` when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION_PATTERN.exec(text) ?? []
  // Rounded, because 1.001 * 1000 is not 1001.
  return amount === undefined ? undefined : Math.round(Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS])
}

/** The shortest form that `parseDuration` reads back: 1500 is `1500ms`, 60000 is `1m`. */
export function formatDuration(ms: number): string {
  for (const [unit, size] of Object.entries(MILLISECONDS).toReversed()) {
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  return `${ms}ms`
}
