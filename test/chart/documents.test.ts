// docs/install: what is written there can be used as it is written.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

import { helm } from '../tools/helm.ts'
import { complaint, FIVE_LINES, objectOf, objects, type Values } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may

const folder = join(import.meta.dirname, '..', '..', 'docs', 'install')
const text = (name: string): string => readFileSync(join(folder, name), 'utf8')

/** One-line values in the README, each of which stands in the place of what the five lines say under that name. */
const set = [...text('README.md').matchAll(/^ {4}([a-z]+: \{.*\})$/gm)].map(([, line = '']) => line)

test('the README has values to try', () => {
  expect(set.length).toBeGreaterThan(6)
})

test.for(set)('%s', async (line) => {
  const written: Values = parse(
    line.replaceAll('ws-…', 'ws-1').replace('roleArn: …', 'podIdentity: true').replaceAll('…', '1'),
  )
  const withoutCluster = line.includes('source: generated') ? /^tls.source is generated, but Helm does not read/ : /^$/
  expect(await complaint({ ...FIVE_LINES, ...written })).toMatch(withoutCluster)
})

test('what the five lines of the chart say is the same in its README', () => {
  const readme = readFileSync(join(folder, '..', '..', 'charts', 'ena-otel', 'README.md'), 'utf8')
  const [, block = ''] = /# values\.yaml\n((?: {4}.*\n)+)/.exec(readme) ?? []
  expect(parse(block.replaceAll(/^ {4}/gm, ''))).toEqual(FIVE_LINES)
})

test('the policies are JSON', () => {
  const blocks = text('aws.md').match(/^ {4}\{"Version".*\n(?: {6}.*\n)*/gm) ?? []
  expect(blocks.length).toBeGreaterThan(5)
  for (const block of blocks) expect(JSON.parse(block), block).toMatchObject({ Version: '2012-10-17' })
})

test('the GitOps objects hold values that the chart takes', async () => {
  const all = [...text('gitops.md').matchAll(/^```yaml\n([^]*?)^```/gm)].flatMap(([, block = '']) =>
    parseAllDocuments(block).map((document) => document.toJS()),
  )
  const values = all.flatMap(({ spec = {} }) => [spec.source?.helm?.valuesObject, spec.values]).filter(Boolean)
  expect(values.length).toBe(2)
  for (const given of values) expect(await complaint(given)).toBe('')
})

test('the policy for Cilium is for the pods and the ports of the collector', async () => {
  const [, block = ''] = /^```yaml\n([^]*?)^```/m.exec(text('network-policy.md')) ?? []
  const { spec } = parse(block)
  const rendered = await objects({ ...FIVE_LINES, networkPolicy: { enabled: true } })
  const policy = objectOf(rendered, 'NetworkPolicy')['spec']
  expect(spec.endpointSelector).toEqual(policy.podSelector)
  const ports = spec.ingress[0].toPorts[0].ports.map(({ port }: { port: string }) => Number(port))
  expect(ports).toEqual(policy.ingress[0].ports.map(({ port }: { port: number }) => port))
})

test('the CloudFormation and Terraform examples name the service account of the chart', () => {
  expect(text('aws.md').match(/ena-otel-collector/g)?.length).toBeGreaterThan(5)
  for (const [, block = ''] of text('aws.md').matchAll(/^```yaml\n([^]*?)^```/gm)) {
    const [document] = parseAllDocuments(block, {
      customTags: ['!Ref', '!GetAtt'].map((tag) => ({ tag, resolve: String })),
    })
    expect(document?.errors).toEqual([])
  }
})
