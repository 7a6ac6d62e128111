// The lower table of the live view: how often each allowance was exceeded, with its history. It is folded where there are few lines.
import type { Column, Row } from './columns.ts'
import { alarm } from './interface-rows.ts'
import type { Allowance, InterfaceView } from './interface-view.ts'
import { printable, type Span } from './line.ts'
import { NOT_KNOWN, rose, short } from './numbers.ts'
import { HISTORY } from './series-view.ts'
import { sparkline } from './sparkline.ts'

/** @param history title of the history: the time that it covers */
export function allowanceColumns(history: string): readonly Column[] {
  return [
    { title: 'ALLOWANCES', align: 'left', rank: 0 },
    { title: 'ENI', align: 'left', rank: 5, isOptional: true },
    { title: 'limit', align: 'left', rank: 0, minWidth: 'conntrack'.length },
    { title: 'exceeded', align: 'right', rank: 1 },
    { title: 'pkt/s', align: 'right', rank: 0, minWidth: 7 },
    { title: 'peak', align: 'right', rank: 4, minWidth: 7 },
    { title: 'throttled', align: 'right', rank: 3 },
    { title: history, align: 'left', rank: 2, minWidth: HISTORY },
  ]
}

/** From the fullest to the tightest. */
export const FOLDS = ['full', 'folded', 'tight'] as const
export type Fold = (typeof FOLDS)[number]

/**
 * The rows of all interfaces. `full`: a row for each allowance; `folded`: one row per interface for those at 0; `tight`: one row for
 * all interfaces at 0. Interfaces without allowances share a row for each reason.
 */
export function allowanceRows(interfaces: readonly InterfaceView[], fold: Fold): readonly Row[] {
  const offering = interfaces.filter(({ allowances }) => allowances.length > 0)
  const quiet = fold === 'tight' ? offering.filter((nic) => nic.allowances.every(isAtZero)) : []
  const others = interfaces.filter(({ allowances }) => allowances.length === 0)
  const byReason = Map.groupBy(others, whyNoAllowances)
  return [
    ...offering.filter((nic) => !quiet.includes(nic)).flatMap((nic) => rowsOf(nic, fold)),
    ...(quiet.length > 0 ? [sentence(`${some(quiet)}: all at 0`)] : []),
    ...Array.from(byReason, ([reason, nics]) => sentence(`${some(nics)}: ${reason}`)),
  ]
}

function rowsOf(nic: InterfaceView, fold: Fold): readonly Row[] {
  const shown = nic.allowances.filter((allowance) => fold === 'full' || !isAtZero(allowance))
  const folded = nic.allowances.filter((allowance) => !shown.includes(allowance))
  const rows: Row[] = shown.map((allowance, i) => ({
    cells: [...nameCells(nic, i === 0), ...cellsOf(allowance)],
    isWrong: alarm(allowance.exceeded) !== undefined,
  }))
  if (folded.length > 0) {
    const names = shown.length === 0 ? 'all' : folded.map(({ name }) => name).join(', ')
    rows.push({
      cells: nameCells(nic, shown.length === 0),
      rest: { text: `${names} at 0`, style: 'quiet' },
      isWrong: false,
    })
  }
  return rows
}

function isAtZero({ exceeded }: Allowance): boolean {
  return exceeded.total === 0 && exceeded.risen === 0
}

/** The interface is named in the first row of its block. */
function nameCells({ name, eniId }: InterfaceView, isFirst: boolean): readonly Span[] {
  if (!isFirst) return [{ text: '' }, { text: '' }]
  return [{ text: printable(name) }, { text: eniId ?? NOT_KNOWN, style: 'quiet' }]
}

function cellsOf({ name, exceeded, throttledSeconds }: Allowance): readonly Span[] {
  const style = alarm(exceeded)
  return [
    { text: name, style },
    { text: short(exceeded.total), style },
    { text: rose(exceeded.perSecond), style },
    { text: short(exceeded.peak), style: style ?? 'quiet' },
    { text: `${short(throttledSeconds)} s`, style: style ?? 'quiet' },
    { text: sparkline(exceeded.history, HISTORY), style: style ?? 'quiet' },
  ]
}

/** Why an interface has no allowances to show, in words. */
export function whyNoAllowances({ driver, unreadable }: Pick<InterfaceView, 'driver' | 'unreadable'>): string {
  if (unreadable.has('ethtool')) return "allowances can't be read"
  if (driver === 'ena') return 'this ena driver reports no allowances, 2.2.10 and newer do'
  if (driver === undefined) return 'no driver, so no allowances'
  return `${printable(driver)} reports no allowances, only ena does`
}

function sentence(text: string): Row {
  return { cells: [], rest: { text, style: 'quiet' }, isWrong: false }
}

/** `eth0, eth1, eth2 and 7 more` */
function some(interfaces: readonly InterfaceView[]): string {
  const names = interfaces.map(({ name }) => printable(name))
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
}
