// Makes what says again what charts/ena-otel/values.yaml says: the table in README.md and values.schema.json.
//
//   node charts/generate.ts           writes them
//   node charts/generate.ts --check   exits with 1 and a line for each that is stale
//
// A comment above a value describes it; its line `@schema {…}` is JSON schema beside what the default says; `## …` begins a section.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { argv } from 'node:process'

import { parse } from 'yaml'

const chart = join(import.meta.dirname, 'ena-otel')

interface Value {
  readonly path: readonly string[]
  readonly section: string
  readonly description: string
  readonly schema: Schema
}

interface Schema {
  readonly [keyword: string]: unknown
  readonly $ref?: string
}

type Default = string | number | boolean | readonly unknown[] | { readonly [key: string]: Default }

const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?'
const qualifiedName = '[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?'

/** What several values have in common: `@schema {$ref: port}`. */
const $defs = {
  duration: { type: 'string', pattern: '^[1-9][0-9]{0,5}(ms|s|m|h)$', description: 'like 500ms, 15s or 5m' },
  port: { type: 'integer', minimum: 1, maximum: 65_535 },
  listenPort: { type: 'integer', minimum: 1024, maximum: 65_535 },
  userId: { type: 'integer', minimum: 1, maximum: 2_147_483_647 },
  threshold: { type: 'number', minimum: 0, maximum: 1e9 },
  url: { type: 'string', pattern: `^(https?://[^\\s"'<>\\\\]+)?$`, description: 'without spaces and quotes' },
  roleArn: { type: 'string', pattern: '^(arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+)?$' },
  cidr: { type: 'string', pattern: '^[0-9A-Fa-f.:]+/[0-9]{1,3}$', description: 'like 10.0.0.0/16' },
  objectName: {
    type: 'string',
    pattern: `^(${label}(\\.${label})*)?$`,
    maxLength: 253,
    description: 'the name of an object of Kubernetes: lower-case letters, digits, hyphens',
  },
  labels: {
    type: 'object',
    propertyNames: { $ref: '#/definitions/labelKey' },
    additionalProperties: { type: 'string', pattern: `^(${qualifiedName})?$`, maxLength: 63 },
  },
  annotations: {
    type: 'object',
    propertyNames: { $ref: '#/definitions/labelKey' },
    additionalProperties: { type: 'string' },
  },
  labelKey: { type: 'string', pattern: `^(${label}(\\.${label})*/)?${qualifiedName}$`, maxLength: 253 },
  probe: {
    type: 'object',
    properties: {
      initialDelaySeconds: { type: 'integer', minimum: 0, maximum: 86_400 },
      periodSeconds: { type: 'integer', minimum: 1, maximum: 86_400 },
      timeoutSeconds: { type: 'integer', minimum: 1, maximum: 86_400 },
      failureThreshold: { type: 'integer', minimum: 1, maximum: 86_400 },
    },
    additionalProperties: false,
  },
  quantities: {
    type: 'object',
    properties: { cpu: { $ref: '#/definitions/quantity' }, memory: { $ref: '#/definitions/quantity' } },
    additionalProperties: false,
  },
  quantity: {
    type: ['string', 'integer'],
    pattern: '^[0-9]{1,12}(\\.[0-9]{1,3})?(m|k|M|G|Ki|Mi|Gi)?$',
    minimum: 0,
    description: 'like 100m or 64Mi',
  },
  dnsConfig: {
    type: 'object',
    properties: {
      nameservers: { type: 'array', items: { type: 'string', pattern: '^[0-9A-Fa-f.:]+$' } },
      searches: { type: 'array', items: { type: 'string' } },
      options: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name'],
          properties: { name: { type: 'string' }, value: { type: 'string' } },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  },
  containers: {
    type: 'array',
    items: { type: 'object', required: ['name', 'image'], properties: { name: { type: 'string', minLength: 1 } } },
    description: 'as in a pod',
  },
  imagePullSecrets: {
    type: 'array',
    items: {
      type: ['string', 'object'],
      minLength: 1,
      required: ['name'],
      properties: { name: { type: 'string', minLength: 1 } },
      additionalProperties: false,
    },
  },
  variables: {
    type: 'array',
    items: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', pattern: '^[ -<>-~]+$' },
        value: { type: 'string' },
        valueFrom: { type: 'object' },
      },
      additionalProperties: false,
    },
    description: 'as in a pod: `- name: A`, `value: b`',
  },
}

/** What a values file may have at its top beside the values: what a parent chart writes there, and anchors for YAML's aliases. */
const TOP = {
  properties: { enabled: { description: "Of a parent chart's `condition: ena-otel.enabled`; not used here.", type: 'boolean' } },
  patternProperties: { '^x-': {} },
}

/** The files that are made, by their path, as they should be. */
export function generated(): ReadonlyMap<string, string> {
  const text = readFileSync(join(chart, 'values.yaml'), 'utf8')
  const values = readComments(text)
  const defaults: Default = parse(text)
  const readme = join(chart, 'README.md')
  return new Map([
    [join(chart, 'values.schema.json'), `${JSON.stringify(rootSchema(values, defaults), undefined, 2)}\n`],
    [readme, withTable(readFileSync(readme, 'utf8'), table(values, defaults))],
  ])
}

/** Every key that has a comment, in the order of the file. The file is indented by two, and no key needs quotes. */
function readComments(text: string): readonly Value[] {
  const values: Value[] = []
  const path: string[] = []
  let section = ''
  let comment: string[] = []
  for (const line of text.split('\n')) {
    const { indent = '', mark, rest = '' } =
      /^(?<indent> *)(?:(?<mark>##|#) ?)?(?<rest>.*)$/.exec(line)?.groups ?? {}
    if (mark === '##') section = rest
    if (mark === '#') comment.push(rest)
    if (mark !== undefined) continue
    const key = /^([A-Za-z0-9]+):/.exec(rest)?.[1]
    if (key !== undefined) {
      path.splice(indent.length / 2, Infinity, key)
      if (comment.length > 0) values.push({ path: [...path], section, ...describe(comment, path) })
    }
    comment = []
  }
  return values
}

function describe(comment: readonly string[], path: readonly string[]): Pick<Value, 'description' | 'schema'> {
  const schemas = comment.filter((line) => line.startsWith('@schema '))
  const description = comment.filter((line) => !line.startsWith('@schema ')).join(' ')
  if (description === '') throw new TypeError(`values.yaml: ${path.join('.')} has a schema, but no description`)
  return { description, schema: Object.assign({}, ...schemas.map((line) => parse(line.slice('@schema '.length)))) }
}

function rootSchema(values: readonly Value[], defaults: Default): object {
  const $schema = 'http://json-schema.org/draft-07/schema#'
  const { properties, ...schema } = schemaOf(defaults, [], values)
  return {
    $schema,
    title: 'Values of the chart ena-otel',
    ...schema,
    properties: { ...(properties as object), ...TOP.properties },
    patternProperties: TOP.patternProperties,
    definitions: $defs,
  }
}

/** The type is the default's. A map's keys are those that it has; one that is empty, or has a comment and no commented key, is free. */
function schemaOf(byDefault: Default, path: readonly string[], values: readonly Value[]): Schema {
  const own = values.find((value) => value.path.join('.') === path.join('.'))
  const { $ref, ...more } = own?.schema ?? {}
  const schema: Schema = { ...(own && { description: own.description }), ...typeOf(byDefault), ...more }
  if ($ref !== undefined) return { description: own?.description, allOf: [{ $ref: `#/definitions/${$ref}` }], ...more }
  if (schema['type'] !== 'object' || isFree(byDefault, path, values)) return schema
  const properties = Object.fromEntries(
    Object.entries(byDefault).map(([key, value]) => [key, schemaOf(value as Default, [...path, key], values)]),
  )
  const required = Object.entries(byDefault)
    .filter(([key, value]) => isNeeded(value as Default, [...path, key], values))
    .map(([key]) => key)
  const additionalProperties = schema['additionalProperties'] ?? false
  return { ...schema, properties, ...(required.length > 0 && { required }), additionalProperties }
}

/** Whether a value without its key (Helm removes it where the values say null) would mean nothing: `agent.sampleInterval`, `agent.image`. */
function isNeeded(byDefault: Default, path: readonly string[], values: readonly Value[]): boolean {
  if (Array.isArray(byDefault) || byDefault === '') return false
  return typeof byDefault !== 'object' || !isFree(byDefault, path, values)
}

function isFree(byDefault: Default, path: readonly string[], values: readonly Value[]): boolean {
  if (Object.keys(byDefault).length === 0) return true
  const hasCommentedKeys = values.some(
    (value) => value.path.length > path.length && path.every((key, index) => value.path[index] === key),
  )
  return !hasCommentedKeys
}

function typeOf(byDefault: Default): Schema {
  if (Array.isArray(byDefault)) return { type: 'array' }
  if (typeof byDefault === 'number') return { type: Number.isInteger(byDefault) ? 'integer' : 'number' }
  return { type: typeof byDefault }
}

function table(values: readonly Value[], defaults: Default): string {
  const lines: string[] = []
  let section = ''
  for (const value of values) {
    if (value.section !== section) {
      section = value.section
      lines.push('', `### ${section}`, '', '| value | default | |', '| --- | --- | --- |')
    }
    const cells = [`\`${value.path.join('.')}\``, shown(at(defaults, value.path)), value.description]
    lines.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
  }
  return lines.join('\n').trim()
}

function at(defaults: Default, path: readonly string[]): Default {
  return path.reduce((value, key) => (value as { readonly [key: string]: Default })[key] ?? '', defaults)
}

function shown(value: Default): string {
  return value === '' ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}

const [begin, end] = ['<!-- values: made by charts/generate.ts -->', '<!-- /values -->']

function withTable(readme: string, table: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)]
  if (from === -1 || to < from) throw new TypeError(`README.md lacks the lines ${begin} and ${end}`)
  return `${readme.slice(0, from + begin.length)}\n\n${table}\n\n${readme.slice(to)}`
}

if (import.meta.main) {
  const isCheck = argv.includes('--check')
  for (const [path, text] of generated()) {
    if (readOrNothing(path) === text) continue
    if (isCheck) {
      console.error(`${relative('', path)} is stale: node charts/generate.ts`)
      process.exitCode = 1
    } else writeFileSync(path, text)
  }
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
