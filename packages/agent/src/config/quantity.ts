// Amounts with a unit, as people write them: 500ms, 8MiB. The unit is required: a bare 15 could be seconds or milliseconds.

export interface Quantity {
  /** The accepted form, also used in the JSON schema. */
  readonly pattern: RegExp
  /** The amount in the smallest unit of measure, rounded; `undefined` when the text has another form. */
  readonly parse: (text: string) => number | undefined
  /** The shortest form that `parse` reads back: the largest unit that divides the amount, else the smallest unit. */
  readonly format: (amount: number) => string
}

/** @param units the size of each unit, smallest first */
export function createQuantity(units: Readonly<Record<string, number>>): Quantity {
  const names = Object.keys(units)
  const pattern = new RegExp(`^(\\d+(?:\\.\\d+)?)(${names.join('|')})$`)
  return {
    pattern,
    parse: (text) => {
      const [, amount, unit = ''] = pattern.exec(text) ?? []
      // Rounded, because 1.001 * 1000 is not 1001.
      return amount === undefined ? undefined : Math.round(Number(amount) * (units[unit] ?? 1))
    },
    format: (amount) => {
      const [smallest = ''] = names
      const name =
        names.findLast((name) => amount >= (units[name] ?? 1) && amount % (units[name] ?? 1) === 0) ?? smallest
      return `${amount / (units[name] ?? 1)}${name}`
    },
  }
}
