// The chart, rendered by the real Helm.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { parseAllDocuments } from 'yaml'

import { output, run } from '../harness/command.ts'
import { helm } from '../tools/helm.ts'

const root = join(import.meta.dirname, '..', '..')
export const CHART = join(root, 'charts', 'ena-otel')

/** An object of Kubernetes, as far as the tests look at all kinds of them. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  // oxlint-disable-next-line typescript/no-explicit-any -- every kind has another
  readonly [field: string]: any
}

/** Nested like values.yaml. */
export type Values = object

/** The least that is a complete installation. */
export const FIVE_LINES = {
  clusterName: 'blue',
  amp: {
    region: 'eu-west-1',
    workspaceId: 'ws-01234567-89ab-cdef-0123-456789abcdef',
    roleArn: 'arn:aws:iam::111122223333:role/ena-otel',
  },
} as const

/** `helm template`, in the namespace `ena-otel` by default, as text; rejects with what Helm says. */
export async function rendered(values: Values, namespace = 'ena-otel'): Promise<string> {
  const programs = await helm()
  using file = valuesFile(values)
  return await output([programs.helm, 'template', 'ena-otel', CHART, '--namespace', namespace, '--values', file.path])
}

/** The objects of `helm template`. */
export async function objects(values: Values, namespace?: string): Promise<readonly KubernetesObject[]> {
  const text = await rendered(values, namespace)
  return parsed(text)
}

/** What `helm template` complains of, as one sentence: nothing when it renders. */
export async function complaint(values: Values): Promise<string> {
  const programs = await helm()
  using file = valuesFile(values)
  const { stderr } = await run([programs.helm, 'template', 'ena-otel', CHART, '--values', file.path])
  return stderr
    .replace(/^Error: (execution error at \([^)]*\): )?/, '')
    .replace(/\n\nUse --debug[^]*$/, '')
    .trim()
}

export function parsed(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null)
}

/** The one object of that kind and name. @throws where there isn't one */
export function objectOf(all: readonly KubernetesObject[], kind: string, name?: string): KubernetesObject {
  const found = all.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name))
  if (found.length !== 1) throw new Error(`there are ${found.length} of ${kind} ${name ?? ''}`)
  return found[0]!
}

/** A file that goes with the block it is used in. */
export function valuesFile(values: Values): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-values-'))
  const path = join(folder, 'values.json')
  writeFileSync(path, JSON.stringify(values)) // JSON is YAML
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}
