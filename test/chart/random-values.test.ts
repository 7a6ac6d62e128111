// Whatever the values are: the chart renders objects that Kubernetes takes, or says in one sentence why it does not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { run } from '../harness/command.ts'
import { helm } from '../tools/helm.ts'
import { type Outcome, outcome, parsed } from './chart.ts'
import { repeatedKeys } from './list-keys.ts'
import { wrongNames } from './names.ts'
import { schemaLocation, sharedDefinitions, writeOwnSchemas, writeSharedSchemas } from './object-schemas.ts'
import { randomValues, type ValueSet } from './random-values.ts'

const seed = Number(process.env['ENA_OTEL_VALUES_SEED'] ?? 12)
const count = 300

const folder = mkdtempSync(join(tmpdir(), 'ena-otel-random-'))
beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(() => writeOwnSchemas(join(folder, 'own')))
afterAll(() => rmSync(folder, { recursive: true }))

test(
  `${count} random sets of values (seed ${seed}) render correctly or are refused with a sentence`,
  { timeout: 300_000 },
  async () => {
    const start = performance.now()
    const sets = randomValues(seed, count)
    const outcomes = await outcomesOf(sets)
    const taken = outcomes.filter(({ text }) => text !== undefined).length
    const invalid = await invalidObjects(outcomes)
    const wrong = sets.flatMap((set, i) => {
      const faults = [...faultsOf(outcomes[i]!), ...(invalid.get(i) ?? [])]
      return faults.length > 0 ? [{ ...set, faults }] : []
    })
    expect(wrong.map((set) => JSON.stringify(set, undefined, 1))).toEqual([])
    expect(taken).toBeGreaterThan(count / 3)
    expect(count - taken).toBeGreaterThan(count / 10)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    process.stdout.write(`random values: ${taken} rendered, ${count - taken} refused, ${seconds} s\n`)
  },
)

/** Two at a time. */
async function outcomesOf(sets: readonly ValueSet[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < sets.length; i = next++) outcomes[i] = await outcome(sets[i]!.values, sets[i]!.release)
  }
  await Promise.all([worker(), worker()])
  return outcomes
}

const bySchema = /^Error: values don't meet the specifications of the schema\(s\) in the following chart\(s\):\n/
const byTemplate = /^Error: execution error at \([^)]*\): [^\n]+\n\nUse --debug flag[^\n]*\n$/

/** What is wrong that kubeconform does not say. */
function faultsOf({ text, stderr }: Outcome): readonly string[] {
  if (text === undefined) return bySchema.test(stderr) || byTemplate.test(stderr) ? [] : [stderr]
  try {
    return parsed(text).flatMap((object) => [...repeatedKeys(object), ...wrongNames(object)])
  } catch (error) {
    return [String(error)]
  }
}

/** What kubeconform says of each, by its place in the list. */
async function invalidObjects(outcomes: readonly Outcome[]): Promise<ReadonlyMap<number, readonly string[]>> {
  const { kubeconform } = await helm()
  const locations = [join(folder, 'own')]
  const definitions = sharedDefinitions()
  if (definitions !== undefined) {
    locations.unshift(join(folder, 'shared'))
    writeSharedSchemas(definitions, locations[0]!)
  }
  for (const [i, { text }] of outcomes.entries()) if (text !== undefined) writeFileSync(join(folder, `${i}.yaml`), text)
  const files = outcomes.flatMap(({ text }, i) => (text === undefined ? [] : [join(folder, `${i}.yaml`)]))
  const options = locations.flatMap((location) => ['-schema-location', schemaLocation(location)])
  const { stdout, stderr } = await run([kubeconform, ...options, '-output', 'json', ...files])
  expect(stderr).toBe('')
  const { resources = [] }: { readonly resources?: readonly Resource[] } = JSON.parse(stdout)
  const byPlace = Map.groupBy(resources, ({ filename }) => Number(basename(filename, '.yaml')))
  return new Map(
    [...byPlace].map(([i, all]) => [i, all.map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`)] as const),
  )
}

interface Resource {
  readonly filename: string
  readonly kind: string
  readonly name: string
  readonly msg: string
}
