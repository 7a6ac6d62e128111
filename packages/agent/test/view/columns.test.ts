import { expect, test } from 'vitest'

import { type Column, layOut, type Row } from '../../src/view/columns.ts'
import { cut, line, plainText, wrap } from '../../src/view/line.ts'

const COLUMNS: readonly Column[] = [
  { title: 'name', align: 'left', rank: 0 },
  { title: 'rx', align: 'right', rank: 1, minWidth: 4 },
  { title: 'peak', align: 'right', rank: 2 },
]
const ROWS: readonly Row[] = [
  { cells: [{ text: 'eth0' }, { text: '12' }, { text: '15' }], isWrong: false },
  { cells: [{ text: 'eth10' }], rest: { text: 'down' }, isWrong: false },
]

function text(width: number): readonly string[] {
  const { heading, rows } = layOut(COLUMNS, ROWS, width)
  return [heading, ...rows].map((spans) => plainText(spans))
}

test('numbers are aligned right, and a row without numbers continues in words', () => {
  expect(text(80)).toEqual(['name     rx  peak', 'eth0     12    15', 'eth10  down'])
})

test('the columns of the highest rank go first, those of rank 0 never', () => {
  expect(text(16)).toEqual(['name     rx', 'eth0     12', 'eth10  down'])
  expect(text(5)).toEqual(['name', 'eth0', 'eth1…'])
})

test('cut text ends with an ellipsis', () => {
  expect([3, 4, 1, 0].map((width) => plainText(cut(line('abcd'), width)))).toEqual(['ab…', 'abcd', '…', ''])
})

test('long text is wrapped between words', () => {
  expect(wrap('set hostNetwork: true on the pod', 16)).toEqual(['set hostNetwork:', 'true on the pod'])
})
