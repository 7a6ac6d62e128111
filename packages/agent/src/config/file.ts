// The configuration file: YAML (so JSON too), one key an option.
import { readFileSync } from 'node:fs'

import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'

import { ConfigError } from './config-error.ts'

/** A value of the file and where it stands, `ena-otel.yaml:3: sampleInterval`. */
export interface FileEntry {
  readonly value: unknown
  readonly origin: string
}

/**
 * The entries of a configuration file, by key, in the order of the file.
 *
 * @throws ConfigError when it can't be read, is no YAML, or is no map
 */
export function readConfigFile(path: string): ReadonlyMap<string, FileEntry> {
  const lines = new LineCounter()
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false })
  const [problem] = document.errors
  if (problem)
    throw new ConfigError([`${path}:${lines.linePos(problem.pos[0]).line}: is not valid YAML: ${problem.message}`])
  if (document.toJS() === null) return new Map()
  if (!isMap(document.contents))
    throw new ConfigError([`${path}: holds no options: write them as key: value, a line each`])

  return new Map(
    document.contents.items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : String(key)
      const { line } = lines.linePos(isNode(key) ? (key.range?.[0] ?? 0) : 0)
      return [name, { value: isNode(value) ? value.toJS(document) : value, origin: `${path}:${line}: ${name}` }]
    }),
  )
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(
      [`--config ${path}: can't be read (${code}): name a YAML file that uid ${process.getuid?.()} may read`],
      {
        cause: error,
      },
    )
  }
}
