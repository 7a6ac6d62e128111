// What a user sees after a mistake or with a failing collector: the real program in its own process, as a pod starts it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { freePort } from '../../../test/harness/free-port.ts'
import { startGrpcCollector, startHttpCollector } from './otlp/collector.ts'
import { temporaryFolder } from '../../metrics/test/readers/temporary-folder.ts'

const BIN = fileURLToPath(new URL('../src/bin.ts', import.meta.url))

interface Agent {
  readonly child: ChildProcess
  /** All lines on stderr so far. */
  readonly stderr: string[]
  /** The messages of the log so far, and any other line of stderr. */
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

/** Stops the agent, which must succeed. */
async function stop({ child, exit }: Agent): Promise<void> {
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
}

/** Exit code and stderr of a process that is not stopped. */
async function outcome(
  args: readonly string[],
  surroundings?: Surroundings,
): Promise<[code: number | null, stderr: string[]]> {
  const agent = start(args, surroundings)
  return [await agent.exit, agent.stderr]
}

describe('wrong usage is one line on stderr and exit code 2:', () => {
  test.each<[what: string, args: readonly string[], line: string]>([
    ['an unknown command', ['rum'], "unknown command 'rum' (Did you mean run?)"],
    [
      'a wrong regular expression',
      ['run', '--statistics', '^(tx'],
      '--statistics: "^(tx" does not compile (RE2): missing closing ): `^(tx`',
    ],
    [
      'a missing file',
      ['top', '--config', '/nowhere/ena-otel.yaml'],
      `--config /nowhere/ena-otel.yaml: can't be read (ENOENT): name a YAML file that uid ${process.getuid?.()} may read`,
    ],
  ])('%s', async (_what, args, line) => {
    expect(await outcome(args)).toEqual([2, [`ena-otel: ${line}`]])
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

  test('an unreadable file (skipped without root, or if uid 65534 can’t run the program)', async ({ skip }) => {
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
    expect(await outcome(['run', '--log-level', 'warn', '--health-port', `${port}`])).toEqual([
      1,
      [`ena-otel: --health-port ${port}: can't listen on 127.0.0.1:${port} (EADDRINUSE): choose another port, or off`],
    ])
  })

  test('a wrong sysfs folder is one line on stderr and exit code 1', async () => {
    expect(await outcome(['once', '--sysfs', '/nowhere'])).toEqual([
      1,
      ["ena-otel: /nowhere/class/net can't be read (ENOENT): name the folder where sysfs is mounted with --sysfs"],
    ])
  })

  test('a wrong OTEL_* variable and a mistyped ENA_OTEL_* variable are warnings in the log of a running agent', async () => {
    const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', ENA_OTEL_INCULDE: 'lo', ENA_OTEL_PORT: 'tcp://10.0.0.1:80' }
    const agent = start([...RUN], { env })
    await agent.says('http/json')
    await stop(agent)
    expect(agent.messages().filter((message) => message.includes('OTEL_'))).toEqual([
      'ENA_OTEL_INCULDE is not an option, so it is ignored (did you mean ENA_OTEL_INCLUDE?)',
      'OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" is not one of grpc, http/protobuf; ignored',
    ])
  })

  test('a missing certificate of an OTEL_* variable does not stop the agent: exports fail', async () => {
    const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem' }
    const agent = start([...RUN, '--endpoint', 'https://127.0.0.1:9'], { env })
    await agent.says('exports fail until it can be read')
    await agent.says("open '/nowhere/ca.pem'")
    await stop(agent)
  })

  test('OTEL_SDK_DISABLED=true keeps a healthy process that reads nothing, until it is stopped', async () => {
    const port = await freePort()
    const args = ['run', '--health-port', String(port), '--sysfs', '/nowhere', '--procfs', '/nowhere']
    const agent = start(args, { env: { OTEL_SDK_DISABLED: 'true' } })
    await agent.says('nothing is read or exported')
    const answers = await Promise.all(['livez', 'readyz'].map((path) => answerOf(`http://127.0.0.1:${port}/${path}`)))
    expect(answers).toEqual([200, 200])
    await stop(agent)
    expect(agent.messages()).toEqual(['OTEL_SDK_DISABLED is true: nothing is read or exported'])
  })

  /** The status, as soon as there is an answer. */
  async function answerOf(url: string): Promise<number> {
    for (;;) {
      try {
        return (await fetch(url)).status
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20)) // not listening yet
      }
    }
  }

  const RUN = ['run', '--export-interval', '1s', '--health-port', 'off', '--include', 'lo'] as const

  test('an unreachable collector is logged once, its recovery too, and SIGTERM is exit code 0', async () => {
    const port = await freePort()
    const target = `http://127.0.0.1:${port}`
    const agent = start([...RUN, '--endpoint', target])
    await agent.says('export failed')
    const collector = await startGrpcCollector({ port })
    await agent.says('recovered')
    await collector.arrived(2)
    await stop(agent)
    expect(agent.messages().filter((message) => message.startsWith(target))).toEqual([
      `${target}: export failed: connect ECONNREFUSED 127.0.0.1:${port}; points are queued`,
      `${target}: accepts metrics`,
      `${target}: recovered`,
    ])
  })

  test.each([
    ['grpc', startGrpcCollector, 16, 'who are you (status 16)'],
    ['http/protobuf', startHttpCollector, 401, 'Unauthorized (status 401): who are you'],
  ] as const)('a collector that refuses every export over %s is logged once', async (protocol, listen, answer, why) => {
    const collector = await listen({ answer, message: 'who are you' })
    const agent = start([...RUN, '--protocol', protocol, '--endpoint', `http://127.0.0.1:${collector.port}`])
    await collector.arrived(3)
    await stop(agent)
    expect(collector.received.length).toBeGreaterThanOrEqual(3)
    expect(agent.messages().filter((message) => message.includes('export failed'))).toEqual([
      expect.stringContaining(`export failed: ${why}; these points are dropped`),
    ])
  })

  test.each([
    ['grpc', startGrpcCollector],
    ['http/protobuf', startHttpCollector],
  ] as const)(
    'a collector that hangs over %s does not delay the exit',
    { timeout: 15_000 },
    async (protocol, listen) => {
      const collector = await listen({ answer: 'hang' })
      const args = ['--protocol', protocol, '--endpoint', `http://127.0.0.1:${collector.port}`, '--timeout', '10m']
      const agent = start([...RUN, ...args])
      await collector.arrived(1)
      await stop(agent)
    },
  )

  test.each(['grpc', 'http/protobuf'])('over %s no secret of a header or the endpoint is logged', async (protocol) => {
    const port = await freePort()
    const secret = ['--header', 'Authorization=Bearer%20geheim', '--log-level', 'debug']
    const endpoint = `http://me:geheim@127.0.0.1:${port}/?token=geheim`
    const agent = start([...RUN, '--protocol', protocol, '--endpoint', endpoint, ...secret])
    await agent.says('export failed')
    await stop(agent)
    expect(agent.stderr.filter((line) => line.includes('geheim'))).toEqual([])
  })
})
