// The files of the repository that have the version. Packages, image and chart share one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'

/** The repository's folder. */
export const ROOT: string = join(import.meta.dirname, '..')

/** What npm publishes, each after what it depends on. */
export const PUBLISHED = ['ethtool', 'metrics', 'agent'] as const

/** The packages whose version is that of the release: those that are published, and the private one whose rules the chart has. */
const PACKAGES = [...PUBLISHED, 'rules'] as const

export const CHART = join('charts', 'ena-otel')

export interface Chart {
  readonly version: string
  readonly appVersion: string
  readonly annotations: Readonly<Record<string, string>>
}

/** Each place that has the version, with what it has there. */
export function versions(root: string): ReadonlyMap<string, string> {
  const { version, appVersion } = chart(root)
  return new Map([
    ...PACKAGES.map((name) => join('packages', name, 'package.json')).map(
      (file) => [file, (JSON.parse(read(root, file)) as { readonly version: string }).version] as const,
    ),
    [`${CHART}/Chart.yaml, version`, version],
    [`${CHART}/Chart.yaml, appVersion`, appVersion],
  ])
}

/** The version of the release: that of the agent. */
export function version(root: string): string {
  return versions(root).get(join('packages', 'agent', 'package.json')) ?? ''
}

/** What Chart.yaml says. */
export function chart(root: string): Chart {
  return parse(read(root, `${CHART}/Chart.yaml`)) as Chart
}

/** A file's text. */
export function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
