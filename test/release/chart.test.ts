// The chart as a release publishes it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { packageChart, withDigest } from '../../release/chart.ts'
import { chart, ROOT, version } from '../../release/repository.ts'
import { FIVE_LINES } from '../chart/chart.ts'
import { output } from '../harness/command.ts'
import { helm } from '../tools/helm.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
const VALUES = readFileSync(join(ROOT, 'charts', 'ena-otel', 'values.yaml'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'ena-otel-release-'))
afterAll(() => rmSync(folder, { recursive: true }))

let archive = ''
const helmPrints = async (...args: readonly string[]): Promise<string> => output([(await helm()).helm, ...args])
beforeAll(async () => {
  archive = await packageChart((await helm()).helm, DIGEST, folder)
})

describe('the packed chart', () => {
  const mirror = 'mirror.example/ena-otel'
  it.each([
    ['of the release, by its digest', [], `ghcr.io/ena-otel/ena-otel@${DIGEST}`],
    ['of a mirror, by the same digest', [`agent.image.repository=${mirror}`], `${mirror}@${DIGEST}`],
    [
      "of one's own, by its tag, if the digest is empty",
      [`agent.image.repository=${mirror}`, 'agent.image.tag=mine', 'agent.image.digest='],
      `${mirror}:mine`,
    ],
  ])('runs the image %s', async (_, set, image) => {
    const { clusterName, amp } = FIVE_LINES
    const values = [`clusterName=${clusterName}`, ...Object.entries(amp).map(([key, value]) => `amp.${key}=${value}`)]
    const text = await helmPrints('template', 'ena-otel', archive, '--set', [...values, ...set].join(','))
    const images = [...text.matchAll(/^ *(?:- )?image: "?(\S+\/ena-otel[@:][^"\s]+)/gm)].map(([, found]) => found)
    expect([...new Set(images)]).toEqual([image])
  })

  it('has the version of the packages, and tells Artifact Hub its images', async () => {
    const metadata = parse(await helmPrints('show', 'chart', archive)) as ReturnType<typeof chart>
    expect([metadata.version, metadata.appVersion]).toEqual([version(ROOT), version(ROOT)])
    const images = parse(metadata.annotations['artifacthub.io/images'] ?? '') as readonly { readonly image: string }[]
    expect(images.map(({ image }) => image)).toEqual([
      `ghcr.io/ena-otel/ena-otel@${DIGEST}`,
      expect.stringMatching(/^public\.ecr\.aws\/aws-observability\/aws-otel-collector:v0\.\d+\.\d+$/),
    ])
  })

  it('differs from values.yaml in the digest only', async () => {
    const packed = await helmPrints('show', 'values', archive)
    expect(packed.trim()).toBe(VALUES.replace("digest: ''", `digest: ${DIGEST}`).trim())
  })

  it('is refused without a digest', async () => {
    await expect(packageChart('helm', '', folder)).rejects.toThrow('is not a digest')
    expect(() => withDigest(withDigest(VALUES, DIGEST), DIGEST)).toThrow('has a value already')
  })
})

it('the annotations of Artifact Hub that are written by hand have the form that it documents', () => {
  const { annotations } = chart(ROOT)
  const categories = [
    'ai-machine-learning',
    'database',
    'integration-delivery',
    'monitoring-logging',
    'networking',
    'security',
  ]
  expect(categories).toContain(annotations['artifacthub.io/category'])
  const links = parse(annotations['artifacthub.io/links'] ?? '') as readonly object[]
  const anyText: unknown = expect.any(String)
  for (const link of links)
    expect(link).toEqual({ name: anyText, url: expect.stringMatching(/^https:\/\//) as unknown })
})
