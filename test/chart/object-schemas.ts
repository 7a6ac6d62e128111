// Folders of schemas for kubeconform, a file a kind: of Kubernetes itself, our own of custom resources, and those of their projects.
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'

const root = join(import.meta.dirname, '..', '..')
const own = join(import.meta.dirname, 'schemas')

type Schema = { readonly [keyword: string]: unknown }

/** For kubeconform's -schema-location. */
export function schemaLocation(folder: string): string {
  return join(folder, '{{ .Group }}-{{ .ResourceAPIVersion }}-{{ .ResourceKind }}.json')
}

/** Writes the schemas that the project has. */
export function writeOwnSchemas(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const { kinds, definitions } = json('kubernetes.json') as {
    readonly kinds: Readonly<Record<string, string>>
    readonly definitions: Schema
  }
  for (const [kind, name] of Object.entries(kinds)) write(folder, kind, { $ref: `#/definitions/${name}`, definitions })
  for (const [kind, spec] of Object.entries(json('custom-resources.json') as Readonly<Record<string, Schema>>))
    write(folder, kind, customResource(spec))
}

const workspaceRef = {
  type: 'object',
  required: ['from'],
  properties: { from: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } },
  additionalProperties: false,
}

/** Texts or whole numbers, of the form that Kubernetes' own definitions have for them. */
const quantities = {
  type: 'object',
  additionalProperties: {
    type: ['string', 'integer'],
    pattern: String.raw`^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?[0-9]+))?$`,
  },
}

function customResource(spec: Schema): Schema {
  return {
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: { type: 'object', ...spec, additionalProperties: false },
    },
    additionalProperties: false,
    definitions: { workspaceRef, quantities },
  }
}

/** The folder with the projects' own CRDs, where there is one. */
export function sharedDefinitions(): string | undefined {
  const folder = process.env['ENA_OTEL_CRDS'] ?? join(root, '..', 'shared', 'crds')
  return existsSync(folder) ? folder : undefined
}

interface Definition {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[]
  }
}

/** Writes those of the CRDs, in which an unknown field is a mistake, as `kubectl --validate=strict` has it. */
export function writeSharedSchemas(definitions: string, folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const file of globSync('*.yaml', { cwd: definitions })) {
    const { spec }: Definition = parse(readFileSync(join(definitions, file), 'utf8'))
    for (const { name, schema } of spec.versions)
      write(folder, `${spec.group}/${name} ${spec.names.kind}`, strict(schema.openAPIV3Schema) as Schema)
  }
}

function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const { format: _, ...rest } = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]))
  const isOpen = 'x-kubernetes-preserve-unknown-fields' in rest || 'additionalProperties' in rest
  return typeof rest['properties'] === 'object' && rest['type'] === 'object' && !isOpen
    ? { ...rest, additionalProperties: false }
    : rest
}

/** @param kind `apps/v1 DaemonSet`, `v1 Pod` */
function write(folder: string, kind: string, schema: Schema): void {
  const [apiVersion = '', name = ''] = kind.split(' ')
  const [group = '', version = group] = apiVersion.split('/') // kubeconform calls the core group by its version
  writeFileSync(join(folder, `${group}-${version}-${name.toLowerCase()}.json`), JSON.stringify(schema))
}

function json(name: string): unknown {
  return JSON.parse(readFileSync(join(own, name), 'utf8'))
}
