import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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

test('throws what the compiler prints about a failed build', async () => {
  const compiler = await go('hello', '1.21')
  await expect(build(compiler, 'greet()')).rejects.toThrow(
    /^go build of hello ended with 1\n[^]*main\.go:4:2: undefined: greet/,
  )
})
