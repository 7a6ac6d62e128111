// Imports follow the direction that ARCHITECTURE.md documents: between packages, between the folders of a package, and without cycles.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')

/** What each part may import, beside itself: packages by name, folders of its own package by path. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'packages/ethtool/src': [],

  'packages/metrics/src': ['@ena-otel/ethtool', '@opentelemetry/*', 'packages/metrics/src/*'],
  'packages/metrics/src/interfaces': ['@ena-otel/ethtool'],
  'packages/metrics/src/readers': ['@ena-otel/ethtool', 'packages/metrics/src/interfaces'],
  'packages/metrics/src/sampling': [
    '@ena-otel/ethtool',
    'packages/metrics/src/interfaces',
    'packages/metrics/src/readers',
  ],
  'packages/metrics/src/compatibility': [
    '@ena-otel/ethtool',
    'packages/metrics/src/interfaces',
    'packages/metrics/src/sampling',
    'packages/metrics/src/points',
  ],
  'packages/metrics/src/points': [
    '@ena-otel/ethtool',
    '@opentelemetry/*',
    'packages/metrics/src/interfaces',
    'packages/metrics/src/sampling',
  ],
  'packages/metrics/src/resource': ['@opentelemetry/*'],

  'packages/agent/src': ['@ena-otel/metrics', 'packages/agent/src/*'],
  'packages/agent/src/config': ['@ena-otel/metrics'],
  'packages/agent/src/otlp': ['@ena-otel/metrics/percent-encoding', '@opentelemetry/*', 'packages/agent/src/config'],
  'packages/agent/src/export': [
    '@ena-otel/metrics',
    '@opentelemetry/*',
    'packages/agent/src/config',
    'packages/agent/src/otlp',
  ],
  'packages/agent/src/view': ['@ena-otel/metrics', '@opentelemetry/*', 'packages/agent/src/config'],
  'packages/agent/src/commands': ['@ena-otel/*', '@opentelemetry/*', 'packages/agent/src/*'],

  'packages/rules/src': ['@ena-otel/metrics', '@ena-otel/agent', 'packages/rules/src/*'],
}

/** Files at the root of a package that any folder of it may import: they are about the whole package. */
const SHARED: ReadonlySet<string> = new Set(['log.ts', 'table.ts', 'version.ts'])

const FILES = globSync('packages/*/src/**/*.ts', { cwd: ROOT }).sort()
const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(FILES.map((file) => [file, importsOf(file)]))

describe('imports', () => {
  it.each(Object.keys(ALLOWED))('of %s follow the documented direction', (folder) => {
    const wrong = FILES.filter((file) => partOf(file) === folder).flatMap((file) =>
      IMPORTS.get(file)!.flatMap((imported) => (isAllowed(file, folder, imported) ? [] : [`${file} → ${imported}`])),
    )
    expect(wrong).toEqual([])
  })

  it('of every part of the packages are documented', () => {
    expect([...new Set(FILES.map(partOf))].filter((folder) => !(folder in ALLOWED))).toEqual([])
  })

  it('form no cycle', () => {
    const finished = new Set<string>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) return void cycles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      if (finished.has(file)) return
      for (const imported of IMPORTS.get(file) ?? []) visit(imported, [...path, file])
      finished.add(file)
    }
    for (const file of FILES) visit(file, [])
    expect(cycles).toEqual([])
  })
})

/** `packages/agent/src/otlp/grpc.ts` is in `packages/agent/src/otlp`, `packages/rules/src/alerts/dns.ts` in `packages/rules/src`. */
function partOf(file: string): string {
  const [packages, name, src, folder, ...rest] = file.split('/')
  const isOnePart = name === 'rules' || name === 'ethtool'
  return [packages, name, src, ...(rest.length > 0 && !isOnePart ? [folder] : [])].join('/')
}

function isAllowed(file: string, folder: string, imported: string): boolean {
  if (imported.startsWith('packages/')) {
    const part = partOf(imported)
    if (part === folder || ALLOWED[folder]!.includes(part)) return true
    const isOfPackage = file.split('/')[1] === imported.split('/')[1]
    if (isOfPackage && ALLOWED[folder]!.some((one) => one.endsWith('/*'))) return true
    return isOfPackage && imported.split('/').length === 4 && SHARED.has(imported.split('/')[3]!)
  }
  if (!imported.startsWith('@ena-otel/') && !imported.startsWith('@opentelemetry/')) return true
  const name = imported.split('/').slice(0, 2).join('/')
  return ALLOWED[folder]!.some((one) => one === imported || one === name || one === `${name.split('/')[0]}/*`)
}

/** Other files of the packages by their path, everything else by its name. Types count as well. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const specifiers = text.matchAll(
    /(?:^|\n)(?:import|export)\b[^'"\n;]*?(?:\{[^}]*\}[^'"\n]*?)?from '([^']+)'|import\('([^']+)'\)/g,
  )
  return Array.from(specifiers, ([, static_, dynamic]) => static_ ?? dynamic!).map((specifier) =>
    specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
  )
}
