// The names of metrics in an expression.

/** Each once, in the order of their first occurrence. */
export function metricNames(expression: string): readonly string[] {
  const bare = expression
    .replace(/"(?:\\.|[^"\\])*"/g, '')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
    .replace(/\boffset\s+\S+/g, ' ')
  const words = bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])/g)
  return [...new Set([...words].map(([word]) => word))].filter(
    (word) => !OPERATORS.has(word) && !isAggregation(bare, word),
  )
}

const OPERATORS = new Set(['and', 'or', 'unless', 'bool'])

/** An aggregation whose `by (…)` stood between its name and its bracket: `sum  (`. */
function isAggregation(bare: string, word: string): boolean {
  return new RegExp(`\\b${word}\\s+\\(`).test(bare)
}
