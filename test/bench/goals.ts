// The goals, and how far a run is from each.
import { median } from './median.ts'

/** One row of the table: a measure of the agent, and of the program that it is compared with. */
export interface GoalRow {
  readonly what: string
  readonly against: string
  readonly ours: string
  readonly theirs: string
  /** Ours in theirs, or what else the goal is about. */
  readonly found: number
  readonly goal: number
  /** Behind the two numbers: `×` for a ratio. */
  readonly unit: string
}

/** A ratio of two medians, with what lies between the lowest and the highest of each. @param digits after the point */
export function ratioRow(
  row: Pick<GoalRow, 'what' | 'against' | 'goal'>,
  ours: readonly number[],
  theirs: readonly number[],
  unit: string,
  digits: number,
): GoalRow {
  return {
    ...row,
    ours: spread(ours, unit, digits),
    theirs: spread(theirs, unit, digits),
    found: median(ours) / median(theirs),
    unit: '×',
  }
}

/** The median, and the lowest and highest value where there are several. */
export function spread(values: readonly number[], unit: string, digits: number): string {
  const middle = `${median(values).toFixed(digits)} ${unit}`
  if (values.length === 1) return middle
  return `${middle} (${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)})`
}

/** The rows of the table, its head first. */
export function goalTable(rows: readonly GoalRow[]): readonly (readonly string[])[] {
  return [
    ['what', 'ena-otel', 'against', '', 'ratio', 'goal', ''],
    ...rows.map(({ what, against, ours, theirs, found, goal, unit }) => [
      what,
      ours,
      against,
      theirs,
      `${found.toFixed(2)} ${unit}`,
      `≤ ${goal} ${unit}`,
      found <= goal ? 'met' : 'missed',
    ]),
  ]
}
