// Tables in Markdown, with columns of one width: as they stand in the README.

/** @param rows the first one is the head */
export function markdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |\n`
  return [head, widths.map((width) => '-'.repeat(width)), ...body].map(line).join('')
}
