// Headers of each request: `name=value` as in OTEL_EXPORTER_OTLP_HEADERS (W3C Baggage without properties), and lines of a file.
import { readFileSync } from 'node:fs'

import { decodePercent } from '@ena-otel/metrics/percent-encoding'

/** How an entry begins, for the JSON schema. */
export const HEADER_FORM = /^[\w.-]+\s*=/
export const HEADER_FORM_PROBLEM = 'is not of the form name=value, like Authorization=Bearer%20abc'

const ENTRY = /^([\w.-]+)\s*=\s*(.*?)\s*$/s

/** They describe the connection and the body: with another value, no request arrives. */
const SET_BY_AGENT: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export type Header = readonly [name: string, value: string]

/** @param entry `name=value` without a problem; the value is percent-encoded */
export function parseHeader(entry: string): Header {
  const [, name = '', encoded = ''] = ENTRY.exec(entry) ?? []
  return [name.toLowerCase(), decodePercent(encoded) ?? encoded]
}

/** Why neither gRPC nor HTTP can send `name=value`, without the value; `undefined` when they can. */
export function headerProblem(entry: string): string | undefined {
  const [, name, encoded = ''] = ENTRY.exec(entry) ?? []
  if (name === undefined) return HEADER_FORM_PROBLEM
  const value = decodePercent(encoded)
  if (value === undefined) return 'has a "%" that begins no escape: write %25 for a percent sign'
  if (name.toLowerCase().endsWith('-bin')) return 'has a name that gRPC keeps for binary values: leave out -bin'
  if (SET_BY_AGENT.has(name.toLowerCase())) return 'has a name that only the agent can set: leave it out'
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'has a value that a header cannot hold: use printable ASCII only'
}

/**
 * The headers of a file: one `name=value` (percent-encoded) or `Name: value` (as it is) per line; lines with # are comments.
 *
 * @throws Error with `code` when the file can't be read; Error with one line, without the value, when a line is malformed
 */
export function readHeaderFile(path: string): readonly Header[] {
  const lines = readFileSync(path, 'utf8').split(/\r?\n/)
  return lines.flatMap((line, i) => {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) return []
    const [, name, value] = /^([\w.-]+)\s*:\s*(.*)$/.exec(text) ?? []
    const entry = name === undefined ? text : `${name}=${encodeURIComponent(value ?? '')}`
    const problem = headerProblem(entry)?.replace(HEADER_FORM_PROBLEM, 'is not of the form name=value or Name: value')
    if (problem !== undefined) throw new Error(`${path}:${i + 1} ${problem}`)
    return [parseHeader(entry)]
  })
}
