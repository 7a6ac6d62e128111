import { expect, it } from 'vitest'

import { createExportCursor, moveCursor, recordChange } from '../../src/sampling/export-cursor.ts'

const POINT = { startTime: 1, time: 2, value: 3 }

it('knows the last exported point and its attributes', () => {
  const cursor = createExportCursor()
  moveCursor(cursor, POINT, '{}', true)
  expect(cursor).toMatchObject({ ...POINT, attributes: '{}' })
})

it('asks for an early export of a rise after two quiet whole exports, once', () => {
  const cursor = createExportCursor()
  const rise = (): boolean => {
    recordChange(cursor, true)
    return cursor.hasRisenAfterQuiet
  }
  expect(rise(), 'the first rise').toBe(true)
  moveCursor(cursor, POINT, '', false)
  expect([cursor.hasRisenAfterQuiet, rise()], 'exported early').toEqual([false, false])
  for (let i = 0; i < 2; i++) moveCursor(cursor, POINT, '', true)
  recordChange(cursor, false)
  expect(cursor.hasRisenAfterQuiet, 'a fall').toBe(false)
  for (let i = 0; i < 2; i++) moveCursor(cursor, POINT, '', true)
  expect(rise()).toBe(true)
})
