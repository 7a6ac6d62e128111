// Numbers for people: short, with a prefix where they are long, and a dash where there is none.

/** Stands for an unknown number, which is never shown as 0. */
export const NOT_KNOWN = '–'

/** A whole number with thousands separators: `1,234,567`. */
export function grouped(value: number | undefined): string {
  if (value === undefined) return NOT_KNOWN
  // Not Intl.NumberFormat, which loads 7 MB of ICU's data.
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** A count or a rate in at most seven characters: `0.3`, `812`, `54,321`, `123 k`, `1.23 M`. Only 0 is shown as 0. */
export function short(value: number | undefined): string {
  if (value === undefined) return NOT_KNOWN
  if (value > 0 && value < 0.1) return '<0.1'
  if (value < 10) return String(Math.round(value * 10) / 10)
  return Math.round(value) < 100_000 ? grouped(value) : scaled(value)
}

/** Bytes per second as bits per second, with a prefix and without the unit: `812`, `95.3 M`. */
export function bits(bytesPerSecond: number | undefined): string {
  return bytesPerSecond === undefined ? NOT_KNOWN : scaled(bytesPerSecond * 8)
}

/** A rate, with a sign unless it is 0: `+12`. */
export function rose(value: number | undefined): string {
  return value === undefined || value === 0 ? short(value) : `+${short(value)}`
}

const PREFIXES = ['', ' k', ' M', ' G', ' T', ' P', ' E', ' Z', ' Y']

/** Three digits and a prefix, powers of 1,000. */
function scaled(value: number): string {
  if (value < 999.5) return String(Math.round(value))
  let step = 0
  let rest = value
  // 999.5 would be rounded to 1000: it is 1.00 of the next prefix.
  while (rest >= 999.5 && step < PREFIXES.length - 1) {
    rest /= 1000
    step++
  }
  return `${rest < 9.995 ? rest.toFixed(2) : rest < 99.95 ? rest.toFixed(1) : rest.toFixed(0)}${PREFIXES[step]!}`
}
