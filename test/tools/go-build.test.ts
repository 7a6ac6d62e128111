import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../command.ts'
import { orSkip } from '../not-here.ts'
import { go } from './go.ts'
import { goBuild } from './go-build.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ena-otel-go-build-'))
  writeFileSync(join(folder, 'go.mod'), 'module ena-otel.invalid/hello\n\ngo 1.21\n')
})
afterEach(() => rmSync(folder, { recursive: true }))

const build = async (compiler: string, text: string): Promise<void> => {
  writeFileSync(join(folder, 'main.go'), `package main\n\nfunc main() {\n\t${text}\n}\n`)
  await goBuild({ name: 'hello', compiler, source: folder, flags: [], packages: ['.'], outputFolder: `${folder}/out/` })
}

test('a program is built into the folder', async ({ skip }) => {
  await build(orSkip(await go('hello', '1.21'), skip), 'print("hello")')
  expect(await run([join(folder, 'out', 'hello')])).toMatchObject({ status: 0, stderr: 'hello' })
})

test('a build that fails says what the compiler says', async ({ skip }) => {
  const compiler = orSkip(await go('hello', '1.21'), skip)
  await expect(build(compiler, 'greet()')).rejects.toThrow(
    /^go build of hello ended with 1\n[^]*main\.go:4:2: undefined: greet/,
  )
})
