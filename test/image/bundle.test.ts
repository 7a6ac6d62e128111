// The agent as the image has it: one file with koffi's binary and RE2 beside it, in a folder of its own, with the image's flags.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { QUIET } from '../harness/agent.ts'
import { run } from '../harness/command.ts'
import { networkNamespace } from '../harness/netns.ts'
import { collector } from '../harness/otelcol.ts'
import { flatPoints } from '../harness/points.ts'
import { otelcol } from '../tools/otelcol.ts'
import { asNobody } from '../harness/unprivileged.ts'
import { NODE_FLAGS, writeAgent } from '../../image/agent-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'ena-otel-bundle-'))
const bundle = join(folder, 'ena-otel.cjs')
const command = [process.execPath, ...NODE_FLAGS, bundle]
beforeAll(async () => {
  await writeAgent(folder)
  chmodSync(folder, 0o755)
  await otelcol()
})
afterAll(() => rmSync(folder, { recursive: true }))

test('three files are all it needs, and it knows its version without a package.json', async () => {
  expect(readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual([
    'ena-otel.cjs',
    'licenses.txt',
    'node_modules',
    'node_modules/koffi.node',
    'node_modules/re2js.js',
  ])
  const { version } = JSON.parse(readFileSync('packages/agent/package.json', 'utf8'))
  expect(await run([...command, '--version'], { env: QUIET })).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(
      new RegExp(`^ena-otel ${version} \\(Node \\d+\\.\\d+\\.\\d+, koffi \\d+\\.\\d+\\.\\d+\\)\n$`),
    ),
    stderr: '',
  })
})

test('it is ASCII, which V8 keeps in a byte a character, in lines short enough to be printed with an error', () => {
  const code = readFileSync(bundle, 'latin1')
  expect(code.match(/[\x80-\xff]/g)).toBeNull()
  expect(Math.max(...code.split('\n').map(({ length }) => length))).toBeLessThan(2_000)
})

test('the licence of each package in the bundle, and of those outside, lies beside it', () => {
  const licenses = readFileSync(join(folder, 'licenses.txt'), 'utf8')
  expect(licenses.match(/^\S+ \d+\.\d+\.\d+$/gm)?.map((line) => line.split(' ')[0])).toEqual([
    '@opentelemetry/api',
    '@opentelemetry/core',
    '@opentelemetry/otlp-transformer',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-metrics',
    '@opentelemetry/semantic-conventions',
    'agent-base',
    'commander',
    'debug',
    'has-flag',
    'http-proxy-agent',
    'https-proxy-agent',
    'koffi',
    'ms',
    'picomatch',
    'proxy-from-env',
    're2js',
    'supports-color',
    'yaml',
    'zod',
  ])
})

test('RE2 is found beside it', async () => {
  const ran = [...command, 'validate', '--statistics', '^(tx']
  expect(await run(ran, { env: QUIET })).toMatchObject({
    status: 2,
    stderr: 'ena-otel: --statistics: "^(tx" does not compile (RE2): missing closing ): `^(tx`\n',
  })
})

test.each<[command: string, args: readonly string[], notLoaded: readonly string[]]>([
  ['--version', ['--version'], ['http', 'http2', 'tls', 'zlib']],
  ['once', ['once', '--include', 'lo'], ['http2', 'tls', 'zlib']],
])('%s loads no module of Node that it does not need', async (_command, args, notLoaded) => {
  const print = `process.on('exit', () => process.stderr.write(process.moduleLoadList.join()))`
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(print)}`]
  const [node = '', ...rest] = command
  const { status, stderr } = await run([node, ...preload, ...rest, ...args], { env: QUIET })
  const loaded = stderr.split(',').flatMap((line) => /^NativeModule (\w+)$/.exec(line)?.[1] ?? [])
  expect(status).toBe(0)
  expect(loaded).toContain('net')
  expect(loaded.filter((name) => notLoaded.includes(name))).toEqual([])
})

test('as nobody, with every file system read-only, it reads an interface', async () => {
  const once = [...command, 'once', '--format', 'json', '--include', 'lo']
  const { status, stdout, stderr } = await asNobody(once, { env: QUIET })
  expect([status, stderr]).toEqual([0, ''])
  expect(JSON.parse(stdout).metrics.map(({ name }: { readonly name: string }) => name)).toContain('system.network.io')
})

test.for([
  ['grpc', 'grpcEndpoint'],
  ['http/protobuf', 'httpEndpoint'],
] as const)(
  'it pushes the counters of a veth to a real collector over %s, in little memory',
  async ([protocol, endpoint]) => {
    await using namespace = await networkNamespace(1)
    await using target = await collector({ within: (inner) => namespace.command(inner) })
    const args = ['--include', 'nic0', '--endpoint', `http://${target[endpoint]}`, '--protocol', protocol]
    await using agent = start(namespace.command([...command, 'run', '--export-interval', '1s', ...args]))
    const received = await target.receivedWhen((requests) => requests.length > 2)
    const memory = memoryOf(agent.child)
    const { status, log } = await agent.stop()
    expect(status, log).toBe(0)
    const packets = flatPoints(received).filter(({ metric }) => metric === 'system.network.packet.count')
    expect(packets.map(({ attributes }) => attributes['network.interface.name'])).toContain('nic0')

    await using bare = start([process.execPath, '-e', `require('fs').writeSync(2, '\\n'); setInterval(() => {}, 1e6)`])
    await once(bare.child.stderr!, 'data')
    const { rss } = memoryOf(bare.child)
    process.stdout.write(
      `the agent over ${protocol}: RSS ${memory.rss.toFixed(1)} MiB, of which anonymous ${memory.anonymous.toFixed(1)}; bare Node: RSS ${rss.toFixed(1)}\n`,
    )
    expect(memory.rss / rss).toBeLessThan(1.6)
    expect(memory.anonymous).toBeLessThan(22)
  },
)

interface Running extends AsyncDisposable {
  readonly child: ChildProcess
  /** Ends it with SIGTERM. */
  readonly stop: () => Promise<{ readonly status: number | null; readonly log: string }>
}

function start([program = '', ...args]: readonly string[]): Running {
  const child = spawn(program, args, {
    env: { ...QUIET, PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log: string[] = []
  child.stderr.setEncoding('utf8').on('data', (part: string) => log.push(part))
  const stop: Running['stop'] = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'close')
      child.kill('SIGTERM')
      await ended
    }
    return { status: child.exitCode, log: log.join('') }
  }
  return { child, stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}

/** MiB. Source: proc_pid_status(5). */
function memoryOf({ pid }: ChildProcess): { readonly rss: number; readonly anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
  return { rss: of('VmRSS'), anonymous: of('RssAnon') }
}
