import { expect, test } from 'vitest'

import { bootTime } from '../../src/interfaces/boot-time.ts'
import { temporaryFolder } from '../readers/temporary-folder.ts'

test('the boot time is btime of /proc/stat, in milliseconds', () => {
  const procfs = temporaryFolder({ stat: 'cpu  1 2 3\nintr 5 0\nctxt 9\nbtime 1763725000\nprocesses 12\n' })
  expect(bootTime(procfs)).toBe(1_763_725_000_000)
})

test('a folder that is no procfs is named', () => {
  const procfs = temporaryFolder({ stat: 'nothing\n' })
  expect(() => bootTime(procfs)).toThrow(`--procfs ${procfs}: its file stat holds no btime: name the kernel's procfs`)
  expect(() => bootTime('/nowhere')).toThrow(
    "--procfs /nowhere: its file stat can't be read (ENOENT): name the kernel's procfs",
  )
})
