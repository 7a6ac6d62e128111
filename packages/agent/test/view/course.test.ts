import { expect, test } from 'vitest'

import { type Course, nextCourse } from '../../src/view/course.ts'

test('a counter has no rate while its times crowd, because the wall clock was set back', () => {
  let course: Course | undefined
  const look = (time: number, value: number): number | undefined => {
    course = nextCourse(course, [{ attributes: {}, startTime: 0, time, value }], undefined)
    return course?.perSecond
  }
  expect([look(1000, 5), look(2000, 7), look(2010, 9), look(2020, 11), look(3000, 13)]).toEqual([
    undefined,
    2,
    undefined,
    undefined,
    2 / 0.98,
  ])
  expect(course?.risen).toBe(8)
})
