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

/** Where a release goes: `ena-otel` in the namespace `ena-otel` by default. */
export interface Release {
  readonly name?: string
  readonly namespace?: string
}

/** `helm template` as text; rejects with what Helm says. */
export async function rendered(values: Values, release: Release = {}): Promise<string> {
  using file = valuesFile(values)
  return await output(await templateCommand(file.path, release))
}

/** The objects of `helm template`. */
export async function objects(values: Values, release: Release = {}): Promise<readonly KubernetesObject[]> {
  const text = await rendered(values, release)
  return parsed(text)
}

/** What `helm template` prints: no text when it refuses the values. */
export interface Outcome {
  readonly text: string | undefined
  readonly stderr: string
}

export async function outcome(values: Values, release: Release = {}): Promise<Outcome> {
  using file = valuesFile(values)
  const { status, stdout, stderr } = await run(await templateCommand(file.path, release))
  return { text: status === 0 ? stdout : undefined, stderr: stderr.replaceAll(/^level=INFO .*\n/gm, '') }
}

/** What `helm template` complains of, as one sentence: nothing when it renders. */
export async function complaint(values: Values, release: Release = {}): Promise<string> {
  const { stderr } = await outcome(values, release)
  return sentence(stderr)
}

async function templateCommand(
  valuesPath: string,
  { name = 'ena-otel', namespace = 'ena-otel' }: Release,
): Promise<readonly string[]> {
  const programs = await helm()
  return [programs.helm, 'template', name, CHART, '--namespace', namespace, '--values', valuesPath]
}

/** What Helm complains of, without its own words around it. */
function sentence(stderr: string): string {
  return stderr
    .replace(/^Error: (execution error at \([^)]*\): )?/, '')
    .replace(/\n\nUse --debug[^]*$/, '')
    .trim()
}

/** The objects in a rendered text. @throws where it is not YAML, as with a key twice in one map */
export function parsed(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => {
      for (const error of document.errors) throw error
      return document.toJS() as KubernetesObject | null
    })
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
