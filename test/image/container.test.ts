// The image as people use it: made in another folder, pushed to a registry, pulled by digest, and run as the chart runs it.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'

import { writeDockerArchive } from '../../image/docker-archive.ts'
import { buildImage, manifest } from '../../image/image.ts'
import { agentBundle } from '../../packages/agent/bundle.ts'
import { serverProcess } from '../amp/server-process.ts'
import { strangerEnvironment } from '../e2e/packed.ts'
import { output } from '../harness/command.ts'
import { collector } from '../harness/otelcol.ts'
import { flatPoints } from '../harness/points.ts'
import { ARCHITECTURES, DEBIAN_NAMES, hostArchitecture } from '../tools/architecture.ts'
import { otelcol } from '../tools/otelcol.ts'
import { containerPrograms, podman, userEmulator } from '../tools/podman.ts'
import { registry } from '../tools/registry.ts'
import { agentImage } from './agent-image.ts'
import { imageRegistry, USER } from './image-registry.ts'

const root = join(import.meta.dirname, '..', '..')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ena-otel-image-'))
  await Promise.all([agentImage(), registry(), otelcol(), containerPrograms()])
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs `pnpm image` in a copy of the workspace. Docker's configuration there has the registry's password. */
async function imageOfCopy(...args: readonly string[]): Promise<string> {
  const [copy, docker] = [join(folder, 'copy'), join(folder, 'docker')]
  const parts = readdirSync(root).filter((name) => !['.git', 'dist'].includes(name))
  for (const path of [copy, docker]) await mkdir(path)
  await output(['cp', '-a', ...parts.map((part) => join(root, part)), copy])
  const auth = Buffer.from(`${USER.username}:${USER.password}`).toString('base64')
  const target = args.at(-1)?.split('/')[0] ?? ''
  await writeFile(join(docker, 'config.json'), JSON.stringify({ auths: { [target]: { auth } } }))
  const node = join(copy, 'node_modules', 'node', 'bin', 'node')
  return output([node, join('image', 'build.ts'), ...args], {
    cwd: copy,
    env: { ...strangerEnvironment, DOCKER_CONFIG: docker },
  })
}

/** A file that it has written there. */
async function written(name: string): Promise<string> {
  return readFile(join(folder, 'copy', 'dist', name), 'utf8')
}

/** How the chart's DaemonSet runs it, without the privilege of more open files. */
async function asTheChart(): Promise<readonly string[]> {
  const values = parse(readFileSync(join(root, 'charts', 'ena-otel', 'values.yaml'), 'utf8'))
  const memory = String(values.agent.resources.limits.memory).replace('Mi', 'm')
  const limits = ['--memory', memory, '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024']
  return [
    'run',
    '--rm',
    '--read-only',
    '--cap-drop=ALL',
    '--security-opt=no-new-privileges',
    '--network=host',
    ...limits,
  ]
}

test('made in another folder it has the same digest; pulled from a registry by digest it exports, and stops on SIGTERM', async () => {
  await using server = await imageRegistry()
  const name = `${server.ready}/team/ena-otel`
  const printed = await imageOfCopy('--arch', DEBIAN_NAMES[hostArchitecture()], '--push', `${name}:1`)
  const { id } = await buildImage(hostArchitecture()) // now: Debian's libraries may be newer than those of a cached image
  expect(printed).toContain(`localhost/ena-otel:${manifest().version}, ${id}\n`)
  const digest = /^pushed \S+@(sha256:[0-9a-f]{64})$/m.exec(printed)?.[1]

  const bom = JSON.parse(await written(`sbom-${DEBIAN_NAMES[hostArchitecture()]}.cdx.json`))
  const urls: readonly string[] = bom.components.map((component: { readonly purl: string }) => component.purl)
  const { packages } = await agentBundle()
  expect(urls).toEqual(expect.arrayContaining(packages.map((name) => `pkg:npm/${name.replace(/^@/, '%40')}`)))
  const others = [`node-linux-${process.arch}@`, `%40koromix/koffi-linux-${process.arch}@`, 'libc6@', 'libstdc%2B%2B6@']
  for (const name of others) expect(urls.filter((url) => url.includes(`/${name}`))).toHaveLength(1)
  const { subject } = JSON.parse(await written('provenance.json'))
  expect(subject[0].digest).toEqual({ sha256: digest?.replace('sha256:', '') })

  await using engine = await podman()
  const account = ['--creds', `${USER.username}:${USER.password}`, '--tls-verify=false']
  const pulled = await engine.output('pull', '--quiet', engine.anySignature, ...account, `${name}@${digest}`)
  expect(`sha256:${pulled.trim()}`).toBe(id)

  await using target = await collector()
  const args = ['--include', 'lo', '--export-interval', '1s', '--endpoint', `http://${target.grpcEndpoint}`]
  const agent = await serverProcess({
    name: 'agent',
    command: async () =>
      engine.command(...(await asTheChart()), '--env', 'AWS_EC2_METADATA_DISABLED=true', pulled.trim(), ...args),
    env: engine.env,
    ready: (line) => line,
  })
  const received = await target.receivedWhen((requests) => requests.length > 2)
  await agent.stop()
  expect(agent.status(), agent.log()).toBe(0)
  const metrics = flatPoints(received).map(({ metric }) => metric)
  expect(metrics).toContain('system.network.packet.count')
}, 600_000)

test("the other architecture's runs under emulation", async () => {
  const architecture = ARCHITECTURES.find((name) => name !== hostArchitecture())!
  const archive = join(folder, 'other.tar')
  await writeDockerArchive(await buildImage(architecture), 'localhost/ena-otel:other', archive)
  await using engine = await podman()
  await engine.output('load', '--quiet', engine.anySignature, '--input', archive)
  const emulator = ['--volume', `${await userEmulator(architecture)}:/qemu:ro`, '--entrypoint', '/qemu']
  const ran = async (...args: readonly string[]): Promise<string> => {
    const program = ['/usr/bin/node', '/opt/ena-otel/ena-otel.cjs', ...args]
    return engine.output(...(await asTheChart()), '--memory=512m', ...emulator, 'localhost/ena-otel:other', ...program)
  }
  expect(await ran('--version')).toMatch(/^ena-otel \d+\.\d+\.\d+ \(Node \d+\.\d+\.\d+, koffi \d+\.\d+\.\d+\)\n$/)
  const once = JSON.parse(await ran('once', '--format', 'json', '--include', 'lo'))
  expect(once.metrics.map((metric: { readonly name: string }) => metric.name)).toContain('system.network.io')
}, 600_000)

test('has no shell, finds `node` by its name, and trusts the roots that are compiled into it', async () => {
  await using engine = await podman()
  const { archive, reference } = await agentImage()
  await engine.output('load', '--quiet', engine.anySignature, '--input', archive)
  const start = await asTheChart()
  const ran = (program: readonly string[]): Promise<string> =>
    engine.output(...start, `--entrypoint=${JSON.stringify(program)}`, reference)
  await expect(ran(['sh', '-c', 'true'])).rejects.toThrow('"sh": executable file not found')
  expect(Number(await ran(['node', '-p', 'tls.rootCertificates.length']))).toBeGreaterThan(100)
}, 300_000)
