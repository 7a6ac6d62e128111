// The configuration file: YAML, of which JSON is a part, with a key for each option.
import { readFileSync } from 'node:fs'

import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'

import { ConfigError, type Found, unreadable } from './problem.ts'

/**
 * The entries of a configuration file, by key, in the order of the file.
 *
 * @throws ConfigError when it can't be read, is not YAML, contains itself, or is not a map
 */
export function readConfigFile(path: string): ReadonlyMap<string, Found> {
  const lines = new LineCounter()
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false })
  const [problem] = document.errors
  if (problem)
    throw new ConfigError([`${path}:${lines.linePos(problem.pos[0]).line}: is not valid YAML: ${problem.message}`])
  visit(document, {
    Alias: (_key, alias, ancestors) => {
      const anchored = alias.resolve(document)
      if (!ancestors.some((node) => node === anchored)) return
      const { line } = lines.linePos(alias.range?.[0] ?? 0)
      throw new ConfigError([`${path}:${line}: *${alias.source} is inside its own anchor: write the value instead`])
    },
  })
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

/** The value of a node, with its aliases resolved. @throws ConfigError for an unknown alias, and for too many */
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
    throw new ConfigError([`--config ${path}: ${unreadable(error, 'a YAML file')}`], { cause: error })
  }
}
