// The real agent on interfaces of a driver called "ena" in a real kernel, on both architectures. One guest an architecture runs
// everything there is to it, here are the results.
import { beforeAll, describe, expect, it } from 'vitest'

import { type Outcome } from '../harness/command.ts'
import type { OtlpRequest } from '../harness/otlp-request.ts'
import { type FlatPoint, flatPoints } from '../harness/points.ts'
import { type Architecture, ARCHITECTURES } from '../tools/architecture.ts'
import { guest, type Guest } from './guest.ts'
import { GENERATIONS, namesOf } from './names.ts'
import { SCENARIOS } from './scenarios.ts'

interface Findings {
  readonly architecture: Outcome
  /** `ok`, or what is wrong, by scenario. */
  readonly scenarios: Readonly<Record<string, string>>
  readonly once: Outcome
  /** `ethtool -S` at that moment, for each interface. */
  readonly ethtool: readonly Outcome[]
  /** Seconds since the epoch. */
  readonly bootTime: Outcome
  /** The same while eth0's driver offers other statistics at each call. */
  readonly flickering: Outcome
  readonly refused: unknown
  readonly failing: Outcome
}

const findings = new Map<Architecture, Promise<Findings>>()

beforeAll(async () => {
  for (const architecture of ARCHITECTURES) findings.set(architecture, find(architecture))
  await Promise.allSettled(findings.values()) // a guest that dies fails the tests of its architecture
})

async function find(arch: Architecture): Promise<Findings> {
  const machine = await guest({ arch, nics: GENERATIONS })
  await using _ = machine
  const inGuest = await machine.exec(['node', 'test/kernel/in-guest.ts'])
  if (inGuest.status !== 0)
    throw new Error(`in-guest.ts ended with ${inGuest.status}\n${inGuest.stderr}${machine.console()}`)
  await machine.ena(...[0, 1, 2, 3].map((card) => `set ${card} linklocal_allowance_exceeded ${1000 + card}`))
  await machine.ena(...[0, 1, 2, 3].map((card) => `set ${card} queue_1_rx_bytes ${9_000_000 + card}`))
  const ethtool = ['eth0', 'eth1', 'eth2', 'eth3'].map((name) => machine.exec(['ethtool', '-S', name]))
  return {
    architecture: await machine.exec(['uname', '-m']),
    scenarios: JSON.parse(inGuest.stdout) as Record<string, string>,
    ethtool: await Promise.all(ethtool),
    once: await machine.exec([
      'node',
      'packages/agent/src/bin.ts',
      'once',
      '--format',
      'otlp-json',
      '--statistics',
      '.',
    ]),
    bootTime: await machine.exec(['sed', '-n', 's/^btime //p', '/proc/stat']),
    flickering: await flickering(machine),
    refused: await machine.ena('inc 0 no_such_statistic 1').catch((error: unknown) => error),
    failing: await machine.exec(['sh', '-c', 'echo "$1"; echo "no" >&2; exit 7', 'sh', `it's "quoted"\n $HOME`]),
  }
}

async function flickering(machine: Guest): Promise<Outcome> {
  await machine.ena('flicker 0 on')
  const outcome = await machine.exec(['node', 'packages/agent/src/bin.ts', 'once', '--format', 'otlp-json'])
  await machine.ena('flicker 0 off')
  return outcome
}

describe.each(ARCHITECTURES)('in a guest, %s, the agent', (architecture) => {
  for (const name of Object.keys(SCENARIOS)) {
    it(name, async () => {
      const { scenarios } = await findings.get(architecture)!
      expect(scenarios[name]).toBe('ok')
    })
  }

  it('prints with once what ethtool -S prints, and since when it counts', async () => {
    const { once, ethtool, bootTime } = await findings.get(architecture)!
    expect({ status: once.status, stderr: once.stderr }).toEqual({ status: 0, stderr: '' })
    const points = flatPoints([JSON.parse(once.stdout) as OtlpRequest])
    for (const [i, { stdout }] of ethtool.entries()) {
      const said = new Map([...stdout.matchAll(/^ +(.+): (\d+)$/gm)].map(([, name, value]) => [name!, Number(value)]))
      expect([...said.keys()]).toEqual(namesOf(GENERATIONS[i]!))
      const ours = points.filter(({ attributes }) => attributes['network.interface.name'] === `eth${i}`)
      const plain = ours.filter(({ metric }) => metric.startsWith('ethtool.statistic'))
      for (const { attributes, value } of plain) expect(value).toBe(said.get(attributes['ethtool.statistic.name']!))
      expect(valueOf(ours, 'ena.allowance.exceeded', { 'ena.allowance.name': 'linklocal' })).toBe(1000 + i)
      expect(valueOf(ours, 'system.network.io', { 'network.io.direction': 'receive' })).toBe(9_000_000 + i)
    }
    const allowances = points.filter(({ metric }) => metric === 'ena.allowance.exceeded')
    expect(new Set(allowances.map(({ startMs }) => startMs))).toEqual(new Set([Number(bootTime.stdout) * 1000]))
  })
})

describe.each(ARCHITECTURES)(
  'in a guest, %s, a driver that gives another number of statistics than it said',
  (architecture) => {
    it('costs its own statistics and one line, and nothing else', async () => {
      const { flickering: once } = await findings.get(architecture)!
      expect(once.stderr).toMatch(
        /^ena-otel: eth0 ethtool: ETHTOOL_GSTATS eth0: the driver's statistics changed during each of \d+ attempts .*\(ERR_ETHTOOL_UNSETTLED\)\n$/,
      )
      expect(once.status).toBe(0)
      const points = flatPoints([JSON.parse(once.stdout) as OtlpRequest])
      const namesWith = (metric: string): ReadonlySet<unknown> =>
        new Set(points.flatMap((one) => (one.metric === metric ? [one.attributes['network.interface.name']] : [])))
      expect(namesWith('ena.allowance.exceeded')).toEqual(new Set(['eth1', 'eth2', 'eth3']))
      expect(namesWith('system.network.io')).toEqual(new Set(['eth0', 'eth1', 'eth2', 'eth3']))
    })
  },
)

function valueOf(
  points: readonly FlatPoint[],
  metric: string,
  attributes: Readonly<Record<string, string>>,
): number | undefined {
  const wanted = Object.entries(attributes)
  return points.find(
    (point) => point.metric === metric && wanted.every(([key, value]) => point.attributes[key] === value),
  )?.value
}

describe.each(ARCHITECTURES)('a guest, %s,', (architecture) => {
  it('is of that architecture', async () => {
    const { architecture: uname } = await findings.get(architecture)!
    expect(uname.stdout.trim()).toBe({ x64: 'x86_64', arm64: 'aarch64' }[architecture])
  })

  it('gives back what a command printed and its exit code, and takes words as they are', async () => {
    const { failing } = await findings.get(architecture)!
    expect(failing).toEqual({ status: 7, signal: null, stdout: `it's "quoted"\n $HOME\n`, stderr: 'no\n' })
  })

  it('refuses commands that the driver does not know', async () => {
    const { refused } = await findings.get(architecture)!
    expect(String(refused)).toMatch(/no_such_statistic.*No such file or directory/s)
  })
})
