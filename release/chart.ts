// `node release/chart.ts DIGEST`: packs the chart into dist, with the digest of the release's image as its default.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { isScalar, parseDocument } from 'yaml'

import { output } from '../test/harness/command.ts'
import { imagesAnnotation, withAnnotations } from './chart-metadata.ts'
import { CHART, chart, ROOT } from './repository.ts'

/** Packs the chart, and returns the path of the archive. @throws TypeError when `digest` is none */
export async function packageChart(helm: string, digest: string, destination: string): Promise<string> {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new TypeError(`${digest} is not a digest, as sha256:…`)
  const work = mkdtempSync(join(tmpdir(), 'ena-otel-chart-'))
  try {
    const copy = join(work, 'ena-otel')
    cpSync(join(ROOT, CHART), copy, { recursive: true })
    const [values, metadata] = [join(copy, 'values.yaml'), join(copy, 'Chart.yaml')]
    writeFileSync(values, withDigest(readFileSync(values, 'utf8'), digest))
    const images = imagesAnnotation(readFileSync(values, 'utf8'), chart(ROOT).appVersion)
    writeFileSync(metadata, withAnnotations(readFileSync(metadata, 'utf8'), { 'artifacthub.io/images': images }))
    mkdirSync(destination, { recursive: true })
    await output([helm, 'package', copy, '--destination', destination])
    return join(destination, `ena-otel-${chart(ROOT).version}.tgz`)
  } finally {
    rmSync(work, { recursive: true })
  }
}

/** values.yaml with that default of `agent.image.digest`; every other byte stays. */
export function withDigest(values: string, digest: string): string {
  const node = parseDocument(values).getIn(['agent', 'image', 'digest'], true)
  if (!isScalar(node) || node.value !== '' || !node.range) throw new TypeError('agent.image.digest has a value already')
  const [from, to] = node.range
  return `${values.slice(0, from)}${digest}${values.slice(to)}`
}

if (import.meta.main) {
  const [digest = ''] = process.argv.slice(2)
  process.stdout.write(`${await packageChart('helm', digest, join(ROOT, 'dist'))}\n`)
}
