import { beforeAll, expect, test } from 'vitest'
import { run } from '../command.ts'
import { orSkip } from '../not-here.ts'
import { ethtool } from './ethtool.ts'

beforeAll(ethtool) // the first time, that takes longer than a test may

test('ethtool runs from where it was unpacked, with the library it needs, in an empty environment', async ({
  skip,
}) => {
  const program = orSkip(await ethtool(), skip)
  const { status, stdout, stderr } = await run([program, '--version'], { env: { PATH: '/usr/bin:/bin' } })
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^ethtool version [\d.]+\n$/),
    stderr: '',
  })
})
