// Sizes of memory as people write them: 512KiB, 8MiB, 1GiB. Always with a unit.

const BYTES = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const

/** The accepted form, also used in the JSON schema. */
export const SIZE_PATTERN: RegExp = /^(\d+(?:\.\d+)?)(KiB|MiB|GiB)$/

/** Bytes, whole; `undefined` when the text is no size. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = SIZE_PATTERN.exec(text) ?? []
  return amount === undefined ? undefined : Math.round(Number(amount) * BYTES[unit as keyof typeof BYTES])
}

/** The shortest form that `parseSize` reads back of whole KiB: 8388608 is `8MiB`. */
export function formatSize(bytes: number): string {
  for (const [unit, size] of Object.entries(BYTES).toReversed()) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`
  }
  return `${bytes / BYTES.KiB}KiB`
}
