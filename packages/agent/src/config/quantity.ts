// Amounts with a unit, as people write them: 500ms, 8MiB. The unit is required: a bare 15 could be seconds or milliseconds.

export interface Quantity {
  /** The accepted form, also used in the JSON schema. */
  readonly pattern: RegExp
  /** The amount in the smallest unit of measure, rounded; `undefined` when the text has another form. */
  readonly parse: (text: string) => number | undefined
  /** The shortest form that `parse` reads back: the largest unit that divides the amount, else the smallest unit. */
  readonly format: (amount: number) => string
}

/** Durations, in milliseconds. */
export const DURATION: Quantity = createQuantity({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 })
/** Sizes of memory, in bytes. */
export const SIZE: Quantity = createQuantity({ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 })

/** @param sizes the size of each unit, smallest first */
function createQuantity(sizes: Readonly<Record<string, number>>): Quantity {
  const units = Object.entries(sizes)
  const pattern = new RegExp(`^(\\d+(?:\\.\\d+)?)(${Object.keys(sizes).join('|')})$`)
  return {
    pattern,
    parse: (text) => {
      const [, amount, unit = ''] = pattern.exec(text) ?? []
      // Rounded, because 1.001 * 1000 is not 1001.
      return amount === undefined ? undefined : Math.round(Number(amount) * sizes[unit]!)
    },
    format: (amount) => {
      const [unit, size] = units.findLast(([, size]) => amount >= size && amount % size === 0) ?? units[0]!
      return `${amount / size}${unit}`
    },
  }
}
