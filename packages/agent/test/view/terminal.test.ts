import { expect, test } from 'vitest'

import { line } from '../../src/view/line.ts'
import { frame } from '../../src/view/terminal.ts'

const plain = (text: string): string => text

test('a frame moves home, clears after each line and below the last one', () => {
  expect(frame([line('ab'), line('c')], { width: 4, height: 3 }, plain)).toBe(
    '\u001B[Hab\u001B[K\r\nc\u001B[K\r\n\u001B[J',
  )
})

test('a line that fills the width is not cleared after, and a full screen not below', () => {
  expect(frame([line('abcd'), line('efgh')], { width: 4, height: 2 }, plain)).toBe('\u001B[Habcd\r\nefgh')
})

test('each piece is painted in its own style', () => {
  const painted = frame([[{ text: 'a' }, { text: 'b', style: 'rising' }]], { width: 2, height: 1 }, (text, style) =>
    style ? `<${style} ${text}>` : text,
  )
  expect(painted).toBe('\u001B[Ha<rising b>')
})
