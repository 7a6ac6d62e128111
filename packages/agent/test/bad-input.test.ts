// What somebody sees who gave the agent something wrong: the real program, in a process of its own, as it is started in a pod.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { freePort } from '../../../test/free-port.ts'
import { OPTIONS } from '../src/config/options.ts'
import { startGrpcCollector, startHttpCollector } from './otlp/collector.ts'
import { temporaryFolder } from '../../metrics/test/readers/temporary-folder.ts'

const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
const OPTION_NAMES = Object.keys(OPTIONS.shape).join(', ')
const URL_FORM = 'write it as http://host:4317 or https://host:4317'

interface Agent {
  readonly child: ChildProcess
  /** All lines on stderr so far. */
  readonly stderr: string[]
  /** The messages of the log so far, and what else was on stderr as it is. */
  readonly messages: () => string[]
  /** Fulfilled when a line on stderr has this text. */
  readonly says: (text: string) => Promise<void>
  /** Fulfilled with the exit code. */
  readonly exit: Promise<number | null>
}

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  readonly uid?: number
}

function start(args: readonly string[], { env = {}, uid }: Surroundings = {}): Agent {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { AWS_EC2_METADATA_DISABLED: 'true', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const stderr: string[] = []
  const waiting: { readonly text: string; readonly resolve: () => void }[] = []
  const lines = createInterface({ input: child.stderr })
  lines.on('line', (line) => {
    stderr.push(line)
    for (const { text, resolve } of waiting) if (line.includes(text)) resolve()
  })
  const exit = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[code]]) => code as number | null)
  return {
    child,
    stderr,
    exit,
    messages: () => stderr.map((line) => (line.startsWith('{') ? (JSON.parse(line) as { msg: string }).msg : line)),
    says: async (text) => {
      if (stderr.some((line) => line.includes(text))) return
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ text, resolve })
      await Promise.race([promise, exit.then(() => expect.fail(`it ended without ${text}:\n${stderr.join('\n')}`))])
    },
  }
}

/** Exit code and stderr of a run that ends by itself. */
async function outcome(
  args: readonly string[],
  surroundings?: Surroundings,
): Promise<[code: number | null, stderr: string[]]> {
  const agent = start(args, surroundings)
  return [await agent.exit, agent.stderr]
}

describe('wrong usage is one line on stderr and exit code 2:', () => {
  test.each<[what: string, args: readonly string[], line: string]>([
    ['an unknown option', ['run', '--inlude', 'eth0'], "unknown option '--inlude' (Did you mean --include?)"],
    ['an unknown command', ['rum'], "unknown command 'rum' (Did you mean run?)"],
    [
      'an expression that does not compile',
      ['run', '--statistics', '^(tx'],
      '--statistics: "^(tx" does not compile: /^(tx/: Unterminated group',
    ],
    ['an interval of 0', ['run', '--sample-interval', '0s'], '--sample-interval: "0s" is outside 100ms to 1m'],
    [
      'an endpoint without a host',
      ['run', '--endpoint', 'http://:4317'],
      `--endpoint: "http://:4317" has no host: ${URL_FORM}`,
    ],
    [
      'a protocol that is not spoken',
      ['run', '--protocol', 'http/json'],
      '--protocol: "http/json" is not one of grpc, http/protobuf',
    ],
    [
      'a header that can not be decoded',
      ['run', '--header', 'a=100%'],
      '--header: "a=…" has a "%" that begins no escape: write %25 for a percent sign',
    ],
    [
      'a file that is not there',
      ['top', '--config', '/nowhere/ena-otel.yaml'],
      `--config /nowhere/ena-otel.yaml: can't be read (ENOENT): name a YAML file that uid ${process.getuid?.()} may read`,
    ],
    [
      'a certificate that is not there',
      ['run', '--certificate', '/nowhere/ca.pem'],
      `--certificate: /nowhere/ca.pem can't be read (ENOENT): name a PEM file that uid ${process.getuid?.()} may read`,
    ],
  ])('%s', async (_what, args, line) => {
    expect(await outcome(args)).toEqual([2, [`ena-otel: ${line}`]])
  })

  test('a protocol that is not spoken, from the environment', async () => {
    expect(await outcome(['run'], { env: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' } })).toEqual([
      2,
      ['ena-otel: OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" is not one of grpc, http/protobuf'],
    ])
  })

  test('a file that is half valid: a line for each mistake, and nothing is started', async () => {
    const config = join(
      temporaryFolder({ 'a.yaml': 'sampleInterval: 1s\ntimeout: 5\nendpiont: http://a:1\n' }),
      'a.yaml',
    )
    expect(await outcome(['run', '--config', config])).toEqual([
      2,
      [
        `ena-otel: ${config}:3: endpiont is no option: the options are ${OPTION_NAMES}`,
        `ena-otel: ${config}:2: timeout: 5 is not a duration: write it with its unit, like 500ms, 1s or 2m`,
      ],
    ])
  })

  let nobodyCanRun = false
  beforeAll(async () => {
    if (process.getuid?.() !== 0) return
    const child = spawn(process.execPath, [BIN, '--version'], { uid: 65_534, gid: 65_534, stdio: 'ignore' })
    nobodyCanRun = await Promise.race([
      once(child, 'exit').then(([code]) => code === 0),
      once(child, 'error').then(() => false),
    ])
  })

  test('a file that may not be read (skipped where this isn’t root, or uid 65534 can’t reach the program)', async ({
    skip,
  }) => {
    if (!nobodyCanRun) skip()
    const config = join(temporaryFolder({ 'a.yaml': 'logLevel: info\n' }), 'a.yaml')
    expect(await outcome(['run', '--config', config], { uid: 65_534 })).toEqual([
      2,
      [`ena-otel: --config ${config}: can't be read (EACCES): name a YAML file that uid 65534 may read`],
    ])
  })
})

describe.runIf(process.platform === 'linux')('on Linux (skipped elsewhere)', () => {
  test('a port in use is one line on stderr and exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    expect(await outcome(['run', '--health-port', `${port}`])).toEqual([
      1,
      [`ena-otel: --health-port ${port}: can't listen on 127.0.0.1:${port} (EADDRINUSE): choose another port, or off`],
    ])
  })

  test('a procfs that is none is one line on stderr and exit code 1', async () => {
    expect(await outcome(['once', '--procfs', '/nowhere'])).toEqual([
      1,
      ["ena-otel: --procfs /nowhere: its file stat can't be read (ENOENT): name the kernel's procfs"],
    ])
  })

  test('a sysfs that is none is one line on stderr and exit code 1', async () => {
    expect(await outcome(['once', '--sysfs', '/nowhere'])).toEqual([
      1,
      ["ena-otel: /nowhere/class/net can't be read (ENOENT): name the folder where sysfs is mounted with --sysfs"],
    ])
  })

  const RUN = ['run', '--export-interval', '1s', '--health-port', 'off', '--include', 'lo'] as const

  test('a collector that is not there is told once; when it is there, that is told, and SIGTERM is exit code 0', async () => {
    const port = await freePort()
    const target = `http://127.0.0.1:${port}`
    const agent = start([...RUN, '--endpoint', target])
    await agent.says('takes no metrics')
    const collector = await startGrpcCollector({ port })
    await agent.says('fine again')
    await collector.arrived(2)
    agent.child.kill('SIGTERM')
    expect(await agent.exit).toBe(0)
    expect(agent.messages().filter((message) => message.startsWith(target))).toEqual([
      `${target}: takes no metrics: connect ECONNREFUSED 127.0.0.1:${port}; sampling goes on, what is measured is kept`,
      `${target}: takes our metrics`,
      `${target}: fine again`,
    ])
  })

  test.each([
    ['grpc', startGrpcCollector, 16, 'who are you (status 16)'],
    ['http/protobuf', startHttpCollector, 401, 'Unauthorized (status 401)'],
  ] as const)(
    'a collector that goes on refusing over %s is told once, however often',
    async (protocol, listen, answer, why) => {
      const collector = await listen({ answer, message: 'who are you' })
      const agent = start([...RUN, '--protocol', protocol, '--endpoint', `http://127.0.0.1:${collector.port}`])
      await collector.arrived(3)
      agent.child.kill('SIGTERM')
      expect(await agent.exit).toBe(0)
      expect(collector.received.length).toBeGreaterThanOrEqual(3)
      expect(agent.messages().filter((message) => message.includes('takes no metrics'))).toEqual([
        expect.stringContaining(`takes no metrics: ${why}; sampling goes on`),
      ])
    },
  )

  test.each([
    ['grpc', startGrpcCollector],
    ['http/protobuf', startHttpCollector],
  ] as const)(
    'a collector that hangs over %s does not hold the end up',
    { timeout: 15_000 },
    async (protocol, listen) => {
      const collector = await listen({ answer: 'hang' })
      const args = ['--protocol', protocol, '--endpoint', `http://127.0.0.1:${collector.port}`, '--timeout', '10m']
      const agent = start([...RUN, ...args])
      await collector.arrived(1)
      agent.child.kill('SIGTERM')
      expect(await agent.exit).toBe(0)
    },
  )

  test('nothing of a header, which may be a secret, is ever logged', async () => {
    const port = await freePort()
    const secret = ['--header', 'Authorization=Bearer%20geheim', '--log-level', 'debug']
    const agent = start([...RUN, '--endpoint', `http://127.0.0.1:${port}`, ...secret])
    await agent.says('takes no metrics')
    agent.child.kill('SIGTERM')
    await agent.exit
    expect(agent.stderr.filter((line) => line.includes('geheim'))).toEqual([])
  })
})
