// Builds the package in the current folder for `pnpm pack`: dist holds what its exports need, and nothing else.
// Plain JavaScript, so that any Node can print the sentence below.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

// npm ignores publishConfig.exports: the packed package would name files in src, which it does not have.
if (!basename(process.env.npm_execpath ?? '').startsWith('pnpm')) {
  console.error('Use pnpm to pack or publish this package: npm does not apply publishConfig.exports.')
  process.exit(1)
}

rmSync('dist', { recursive: true, force: true })
const { publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'))
const exported =
  typeof publishConfig.exports === 'string' ? [publishConfig.exports] : Object.values(publishConfig.exports)
const modules = exported.filter((path) => path.endsWith('.js')).map((path) => join(path))
const needed = new Set()
if (modules.length > 0) {
  execFileSync('tsc', ['-b', '--force'], { stdio: 'inherit' })
  for (const module of modules) {
    collect(module)
    collect(module.replace(/\.js$/, '.d.ts'))
  }
  for (const file of readdirSync('dist', { recursive: true })
    .map((name) => join('dist', name))
    .filter((file) => /\.[jt]s$/.test(file)))
    if (!needed.has(file)) rmSync(file)
  // dist is now incomplete: the next `tsc -b` has to build it again.
  rmSync('node_modules/.cache/tsconfig.tsbuildinfo', { force: true })
}

/** Adds a module, or the types of one, and what it imports. */
function collect(file) {
  if (needed.has(file) || !existsSync(file)) return
  needed.add(file)
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from |import |import\()['"](\.[^'"]+)['"]/g)) {
    const target = join(dirname(file), path)
    collect(file.endsWith('.d.ts') ? target.replace(/\.[jt]s$/, '.d.ts') : target)
  }
}
