// A real collector with the configuration that the chart renders, started as the chart starts it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'

import type { Amp } from '../amp/amp.ts'
import { type ServerLog, serverProcess } from '../amp/server-process.ts'
import { freePorts } from '../harness/free-port.ts'
import { otelcol } from '../tools/otelcol.ts'
import { type KubernetesObject, objects, type Values } from './chart.ts'

/** What the chart gives one collector. */
export interface RenderedCollector {
  /** As it is in the ConfigMap or the OpenTelemetryCollector. */
  readonly config: object
  /** Besides --config. */
  readonly flags: readonly string[]
}

/** The values under `amp` that lead to a stand-in, whose key is in the collector's environment. */
export function ampOf({ remoteWriteUrl, scope }: Amp): Values {
  return { remoteWriteUrl, region: scope.region, otherCredentials: true }
}

/** The collector of those values; the scraper of CoreDNS if `component` says so. */
export async function renderedCollector(
  values: Values,
  component: 'collector' | 'coredns' = 'collector',
): Promise<RenderedCollector> {
  const all = await objects(values)
  const operators = all.find(({ kind }) => kind === 'OpenTelemetryCollector')?.['spec']
  if (operators !== undefined && component === 'collector')
    return {
      config: operators.config,
      flags: Object.entries<string>(operators.args).map(([name, value]) => `--${name}=${value}`),
    }
  const map = all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === `ena-otel-${component}`)
  const [container] = all.flatMap((object) => containers(object, component))
  if (map === undefined || container === undefined) throw new Error(`the chart renders no ${component}`)
  return {
    config: parse(map['data']['collector.yaml']),
    flags: container.args.filter((flag) => !flag.startsWith('--config=')),
  }
}

interface Container {
  readonly name: string
  readonly args: readonly string[]
}

function containers({ kind, metadata, spec }: KubernetesObject, component: string): readonly Container[] {
  if (kind !== 'Deployment' && kind !== 'DaemonSet') return []
  if (kind === 'Deployment' && metadata.name !== `ena-otel-${component}`) return []
  return spec.template.spec.containers.filter(({ name }: Container) => name === 'collector')
}

export interface StartedCollector extends ServerLog, AsyncDisposable {
  /** Its folder's files, where the pod has volumes. */
  readonly stop: () => Promise<void>
  /** As the kernel does it when memory runs out. */
  readonly kill: () => Promise<void>
}

/** Folders in place of the pod's volumes, by the paths where it has them. */
export type Mounts = Readonly<Record<string, string>>

/** Starts it; it is ready when this resolves. Its write-ahead log goes with it, unless `mounts` has a folder for it. */
export async function startCollector(
  { config, flags }: RenderedCollector,
  env: Readonly<Record<string, string>>,
  mounts: Mounts = {},
): Promise<StartedCollector> {
  const program = await otelcol()
  return serverProcess({
    name: 'rendered-collector',
    command: (folder) => {
      const wal = join(folder, 'wal')
      mkdirSync(wal)
      let text = JSON.stringify(config)
      for (const [path, own] of Object.entries({ '/var/lib/otelcol': wal, ...mounts }))
        text = text.replaceAll(path, own)
      writeFileSync(join(folder, 'collector.yaml'), text)
      return [program, `--config=${join(folder, 'collector.yaml')}`, ...flags]
    },
    env,
    ready: (line) => (line.includes('Everything is ready') ? true : undefined),
  })
}

/** Ports for its servers. */
export async function collectorPorts(): Promise<Readonly<Record<'grpc' | 'http' | 'health' | 'metrics', number>>> {
  const [grpc, http, health, metrics] = await freePorts(4)
  return { grpc: grpc!, http: http!, health: health!, metrics: metrics! }
}
