import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { output } from '../harness/command.ts'
import { cached } from './cache.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ena-otel-cache-'))
  vi.stubEnv('XDG_CACHE_HOME', home)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

test('makes a tool once, and finds it from then on', async () => {
  const make = vi.fn<(folder: string) => Promise<void>>(async (folder) => writeFileSync(join(folder, 'tool'), 'made'))
  const folders = [await cached('tool-1', make), await cached('tool-1', make)]
  expect({ folders, made: make.mock.calls.length, tool: readFileSync(join(folders[0] ?? '', 'tool'), 'utf8') }).toEqual(
    {
      folders: [join(home, 'ena-otel', 'tool-1'), join(home, 'ena-otel', 'tool-1')],
      made: 1,
      tool: 'made',
    },
  )
})

test('leaves nothing behind when making a tool fails', async () => {
  const failing = cached('tool-1', async (folder) => {
    writeFileSync(join(folder, 'half'), '')
    throw new Error('out of luck')
  })
  await expect(failing).rejects.toThrow('out of luck')
  expect(readdirSync(join(home, 'ena-otel'))).toEqual([])
})

test('ignores and removes what a killed run left unfinished', async () => {
  mkdirSync(join(home, 'ena-otel', 'tool-1.unfinished-abc'), { recursive: true })
  const folder = await cached('tool-1', async (unfinished) => writeFileSync(join(unfinished, 'tool'), ''))
  expect({ tool: existsSync(join(folder, 'tool')), all: readdirSync(join(home, 'ena-otel')) }).toEqual({
    tool: true,
    all: ['tool-1'],
  })
})

test('makes a tool in one of several processes while the others wait', async () => {
  const log = join(home, 'log')
  const program = `
    import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
    import { setTimeout } from 'node:timers/promises'
    import { cached } from ${JSON.stringify(join(import.meta.dirname, 'cache.ts'))}
    const folder = await cached('tool-1', async (unfinished) => {
      appendFileSync(${JSON.stringify(log)}, 'made\\n')
      await setTimeout(300) // long enough that the others ask in the meantime
      writeFileSync(unfinished + '/tool', '')
    })
    console.log(existsSync(folder + '/tool'))
  `
  const command = [process.execPath, '--input-type=module', '-e', program]
  const found = await Promise.all(Array.from({ length: 4 }, () => output(command)))
  expect({ found, log: readFileSync(log, 'utf8') }).toEqual({ found: Array(4).fill('true\n'), log: 'made\n' })
})
