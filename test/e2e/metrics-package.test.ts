// @ena-otel/metrics as a program gets it: packed, installed into an empty project, and run with OpenTelemetry's stock exporters.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { run } from '../harness/command.ts'
import { differences, physicalInterfaces, statisticsNow } from '../harness/kernel-counters.ts'
import { collector } from '../harness/otelcol.ts'
import { flatPoints } from '../harness/points.ts'
import { prometheus } from '../tools/prometheus.ts'
import { installed, packed, strangerEnvironment } from './packed.ts'

const METRICS_PACKAGE = join(import.meta.dirname, '..', '..', 'packages', 'metrics')
const STOCK = ['exporter-metrics-otlp-grpc', 'exporter-prometheus', 'api', 'resources', 'sdk-metrics'] as const

const project = mkdtempSync(join(tmpdir(), 'ena-otel-metrics-'))
afterAll(() => rmSync(project, { recursive: true }))

const stock = (): Record<string, string> =>
  Object.fromEntries(STOCK.map((name) => [`@opentelemetry/${name}`, versionHere(`@opentelemetry/${name}`)]))

beforeAll(async () => {
  const ethtool = await packed('ethtool', project)
  const metrics = await packed('metrics', project)
  const local = { '@ena-otel/ethtool': `file:${ethtool}`, '@ena-otel/metrics': `file:${metrics}` }
  write('package.json', { private: true, type: 'module', dependencies: { ...local, ...stock() } })
  // koffi ships its binary; what ethtool asks for by version is the tarball beside it.
  write('pnpm-workspace.yaml', {
    allowBuilds: { koffi: false, protobufjs: false },
    overrides: { '@ena-otel/ethtool': `file:${ethtool}` },
  })
  await installed(project)
})

test('the program of the README is the one in examples/, in at most 15 lines', () => {
  const program = readFileSync(join(METRICS_PACKAGE, 'examples/otlp-grpc.mjs'), 'utf8')
  expect(readFileSync(join(METRICS_PACKAGE, 'README.md'), 'utf8')).toContain(program)
  expect(program.trimEnd().split('\n').length).toBeLessThanOrEqual(15)
})

test('pushes over gRPC to a real collector what the kernel counts', async ({ skip }) => {
  const names = physicalInterfaces()
  if (names.length === 0) skip('this machine has no interface with a device')
  await using receiver = await collector()
  const before = statistics(names)
  await using program = start('otlp-grpc.mjs', {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${receiver.grpcEndpoint}`,
    OTEL_SERVICE_NAME: 'my-program',
  })
  await wait(2500) // two samples, so that there is more than one to export
  program.child.kill('SIGTERM')
  await program.ended
  const requests = await receiver.receivedWhen((all) => all.length > 0)
  const points = flatPoints(requests)
  expect(differences(points, before, statistics(names))).toEqual([])
  expect(points[0]!.resource).toMatchObject({ 'service.name': 'my-program', 'k8s.node.name': 'node-1' })
  const scopes = requests.flatMap(({ resourceMetrics }) => resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics))
  expect(scopes.map(({ scope }) => scope.name)).toEqual(['@ena-otel/metrics'])
})

test('serves Prometheus what the kernel counts, in a form that promtool accepts', async ({ skip }) => {
  const names = physicalInterfaces()
  if (names.length === 0) skip('this machine has no interface with a device')
  const { promtool } = await prometheus()
  await using program = start('prometheus.mjs', {})
  expect(program.child.pid).toBeDefined()
  await untilAnswers('http://127.0.0.1:9464/metrics')
  const before = statistics(names)
  const text = await (await fetch('http://127.0.0.1:9464/metrics')).text()
  const after = statistics(names)
  const { stderr } = await run([promtool, 'check', 'metrics'], { input: text })
  // Its one finding is about the collector's own name for the size of the kernel's table.
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(/^system_network_conntrack_count non-histogram/)])
  for (const name of names) {
    const value = (direction: string): bigint => {
      const line = text.split('\n').find((one) => isIoOf(one, name, direction))
      return BigInt(line?.split(' ').at(-1) ?? -1)
    }
    const series = `system.network.io [["network.interface.name","${name}"],["network.io.direction","receive"]]`
    expect(value('receive')).toBeGreaterThanOrEqual(before.get(series)!)
    expect(value('receive')).toBeLessThanOrEqual(after.get(series)!)
  }
})

function isIoOf(line: string, name: string, direction: string): boolean {
  return (
    line.startsWith('system_network_io') &&
    line.includes(`network_interface_name="${name}"`) &&
    line.includes(`network_io_direction="${direction}"`)
  )
}

function statistics(names: readonly string[]): ReadonlyMap<string, bigint> {
  return new Map(names.flatMap((name) => [...statisticsNow(name)]))
}

interface Program extends AsyncDisposable {
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
}

function start(example: string, env: Readonly<Record<string, string>>): Program {
  copyFileSync(join(METRICS_PACKAGE, 'examples', example), join(project, example))
  const child = spawn(process.execPath, [example], {
    cwd: project,
    env: { ...strangerEnvironment, AWS_EC2_METADATA_DISABLED: 'true', K8S_NODE_NAME: 'node-1', ...env },
    stdio: 'inherit',
  })
  const ended = once(child, 'exit')
  return {
    child,
    ended,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill('SIGKILL')
      await ended
    },
  }
}

async function untilAnswers(url: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await wait(50)) {
    const answer = await fetch(url).catch((error: Error) => error)
    if (answer instanceof Response) return
  }
  throw new Error(`${url} does not answer`)
}

function write(file: string, content: object): void {
  writeFileSync(join(project, file), JSON.stringify(content))
}

/** The version of a package in this workspace: the registry need not be asked for it. */
function versionHere(name: string): string {
  return JSON.parse(readFileSync(join(METRICS_PACKAGE, 'node_modules', name, 'package.json'), 'utf8')).version
}
