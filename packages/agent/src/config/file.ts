// The configuration file: YAML (so JSON too), one key an option.
import { readFileSync } from 'node:fs'

import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml'

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
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) return new Map()
  if (!isMap(contents)) throw new ConfigError([`${path}: holds no options: write them as key: value, a line each`])

  return new Map(
    contents.items.map(({ key, value }) => {
      const { line } = lines.linePos(isNode(key) ? (key.range?.[0] ?? 0) : 0)
      if (!isScalar(key)) throw new ConfigError([`${path}:${line}: is not valid YAML: a key is a plain word here`])
      const name = String(key.value)
      const origin = `${path}:${line}: ${name}`
      return [name, { value: isNode(value) ? plainValue(value, document, origin) : value, origin }]
    }),
  )
}

/** What a node stands for, its aliases replaced: of what there is not, and too often, is an error. */
function plainValue(node: Node, document: Document.Parsed, origin: string): unknown {
  try {
    return node.toJS(document)
  } catch (error) {
    throw new ConfigError([`${origin}: ${(error as Error).message}`], { cause: error })
  }
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
