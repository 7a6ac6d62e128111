// Taking symbols away from a program, with the machine's own programs.
import { readFileSync, realpathSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { withoutSections } from '../../image/elf.ts'
import { output } from '../harness/command.ts'

test('Node runs as before, and is a fifth smaller', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ena-otel-elf-'))
  try {
    const whole = readFileSync(realpathSync(process.execPath))
    const stripped = withoutSections(whole)
    const file = join(folder, 'node')
    await writeFile(file, stripped)
    await chmod(file, 0o755)
    const script = ['-p', 'new Intl.NumberFormat("de").format(1234.5)']
    expect(await output([file, ...script])).toBe(await output([process.execPath, ...script]))
    expect(stripped.length / whole.length).toBeLessThan(0.8)
    expect(Buffer.compare(withoutSections(stripped), stripped)).toBe(0) // vitest compares 100 MB for minutes
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a file that is no program is refused', () => {
  expect(() => withoutSections(Buffer.from('#!/bin/sh\n'.padEnd(80)))).toThrow('not a 64-bit little-endian ELF file')
})
