// Headers of each request: `name=value` as in OTEL_EXPORTER_OTLP_HEADERS (W3C Baggage without properties), and lines of a file.
import { readFileSync } from 'node:fs'

import { decodePercent } from './percent-encoding.ts'

export const HEADER_FORM = /^[\w.-]+\s*=/
export const HEADER_FORM_PROBLEM = 'is not of the form name=value, like Authorization=Bearer%20abc'

export type Header = readonly [name: string, value: string]

/** @param entry `name=value` without a problem; the value is percent-encoded */
export function parseHeader(entry: string): Header {
  const at = entry.indexOf('=')
  const value = entry.slice(at + 1).trim()
  return [entry.slice(0, at).trim().toLowerCase(), decodePercent(value) ?? value]
}

/** Why neither gRPC nor HTTP can send `name=value`, without the value; `undefined` when they can. */
export function headerProblem(entry: string): string | undefined {
  if (!HEADER_FORM.test(entry)) return HEADER_FORM_PROBLEM
  const at = entry.indexOf('=')
  const value = decodePercent(entry.slice(at + 1))
  if (value === undefined) return 'has a "%" that begins no escape: write %25 for a percent sign'
  return problemOf(entry.slice(0, at).trim(), value)
}

function problemOf(name: string, value: string): string | undefined {
  if (name.toLowerCase().endsWith('-bin')) return 'has a name that gRPC keeps for binary values: leave out -bin'
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'has a value that a header cannot hold: use printable ASCII only'
}

/**
 * The headers of a file: one `name=value` (percent-encoded) or `Name: value` (as it is) per line; lines with # are comments.
 *
 * @throws Error with `code` when the file can't be read; Error with one line, without the value, when a line is malformed
 */
export function readHeaderFile(path: string): readonly Header[] {
  return readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .flatMap((line, i) => {
      const text = line.trim()
      if (text === '' || text.startsWith('#')) return []
      const { header, problem } = parseLine(text)
      if (problem !== undefined) throw new Error(`${path}:${i + 1} ${problem}`)
      return [header]
    })
}

function parseLine(text: string): { readonly header: Header; readonly problem: string | undefined } {
  const [, name, value] = /^([\w.-]+)\s*:\s*(.*)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined)
    return { header: [name.toLowerCase(), value], problem: problemOf(name, value) }
  const problem = headerProblem(text)
  const form = problem === HEADER_FORM_PROBLEM ? 'is not of the form name=value or Name: value' : problem
  return { header: parseHeader(text), problem: form }
}
