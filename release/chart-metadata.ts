// Chart.yaml's annotations for Artifact Hub that change with each release. Source: artifacthub.io/docs/topics/annotations/helm
import { parse, parseDocument, stringify } from 'yaml'

import type { Change } from './changesets.ts'

/** As the file is written by hand. */
const FORMAT = { lineWidth: 0, flowCollectionPadding: false } as const

interface Image {
  readonly repository: string
  readonly tag: string
  readonly digest: string
}

interface Values {
  readonly agent: { readonly image: Image }
  readonly collector: { readonly image: Image }
}

/** `artifacthub.io/images`: the images that the chart runs with its default values. */
export function imagesAnnotation(values: string, appVersion: string): string {
  const { agent, collector } = parse(values) as Values
  const platforms = ['linux/amd64', 'linux/arm64']
  const images = [
    { name: 'ena-otel', image: reference(agent.image, appVersion), platforms },
    { name: 'aws-otel-collector', image: reference(collector.image, appVersion), platforms },
  ]
  return stringify(images, { aliasDuplicateObjects: false })
}

function reference({ repository, tag, digest }: Image, appVersion: string): string {
  return digest === '' ? `${repository}:${tag || appVersion}` : `${repository}@${digest}`
}

/** `artifacthub.io/changes`. */
export function changesAnnotation(changes: readonly Change[]): string {
  const entries = changes.map(({ kind, text }) => ({
    kind: kind.toLowerCase(),
    description: text.replaceAll(/\s+/g, ' '),
  }))
  return stringify(entries, { lineWidth: 0 })
}

/** Chart.yaml with these annotations set; the others, comments and order stay. */
export function withAnnotations(chart: string, annotations: Readonly<Record<string, string>>): string {
  const document = parseDocument(chart)
  for (const [name, text] of Object.entries(annotations)) document.setIn(['annotations', name], text)
  return document.toString(FORMAT)
}

/** Chart.yaml with that version of chart and image. */
export function withVersion(chart: string, version: string): string {
  const document = parseDocument(chart)
  document.set('version', version)
  document.set('appVersion', version)
  return document.toString(FORMAT)
}
