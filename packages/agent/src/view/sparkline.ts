// A history as one line of blocks.

const BLOCKS = '▁▂▃▄▅▆▇█'

/**
 * The last `width` values, the newest at the right: ▁ is 0 and only 0, █ the highest of them, a blank an unknown value.
 */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const shown = values.slice(-width)
  const highest = Math.max(0, ...shown.map((value) => value ?? 0))
  const blocks = shown.map((value) => {
    if (value === undefined) return ' '
    if (value <= 0) return BLOCKS[0]!
    return BLOCKS[Math.max(1, Math.ceil((value / highest) * (BLOCKS.length - 1)))]!
  })
  return blocks.join('').padStart(width)
}
