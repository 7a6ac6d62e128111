// Interfaces that come and go, in network namespaces of a real kernel.
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { enaOtel, QUIET, REPOSITORY, startAgent } from '../../harness/agent.ts'
import { networkNamespace } from '../../harness/netns.ts'
import type { OtlpRequest } from '../../harness/otlp-request.ts'
import { flatPoints } from '../../harness/points.ts'

interface Step {
  readonly time: number
  readonly packets: readonly { readonly name: string; readonly startTime: number; readonly value: number }[]
  readonly lines: readonly string[]
  readonly failures: Readonly<Record<string, number>>
}

describe('the agent in a real kernel', () => {
  it('follows interfaces that are added, set down, renamed, removed and added again', async () => {
    await using namespace = await networkNamespace(1)
    const script = [process.execPath, join(import.meta.dirname, 'hotplug.ts')]
    const { stdout, stderr } = await namespace.exec(script, { cwd: REPOSITORY, env: QUIET })
    expect(stderr).toBe('')
    const steps = JSON.parse(stdout) as Record<string, Step>
    const names = Object.fromEntries(
      Object.entries(steps).map(([step, { packets }]) => [step, packets.map(({ name }) => name)]),
    )
    expect(names).toEqual({
      start: ['nic0'],
      added: ['nic0', 'added0'],
      down: ['nic0', 'added0'], // a veth that is down keeps its counters
      'renamed while down': ['ens5', 'ens5', 'added0'], // the last point of the old series, then the new one
      renamed: ['ens5', 'added0'],
      removed: ['ens5'],
      back: ['ens5', 'added0'],
    })
    const [nic0, added0] = steps['added']!.packets
    // It began to count between the look that didn't see it and the one that did.
    expect(added0!.startTime).toBeGreaterThanOrEqual(steps['start']!.time)
    expect(added0!.startTime).toBeLessThan(steps['added']!.time)
    const back = steps['back']!.packets.at(-1)!
    expect(back.startTime).toBeGreaterThanOrEqual(steps['removed']!.time)
    expect(back.startTime).toBeLessThan(steps['back']!.time)
    const [last, next] = steps['renamed while down']!.packets
    expect([last!.startTime, next!.startTime]).toEqual([nic0!.startTime, nic0!.startTime])
    expect(next!.value).toBeGreaterThanOrEqual(last!.value)
    expect(steps['renamed while down']!.lines).toEqual(['nic0: renamed to ens5'])
    expect(steps['removed']!.lines).toEqual(['added0: detached'])
    expect(steps['back']!.failures).toEqual({ interfaces: 0, statistics: 0, ethtool: 0, conntrack: 0 })
  })

  it('says that hostNetwork is missing when only the veth of a pod is visible', async () => {
    await using namespace = await networkNamespace(1)
    const outcome = await namespace.exec(enaOtel('once'), { cwd: REPOSITORY, env: QUIET })
    expect(outcome.status).toBe(1)
    expect(outcome.stderr.trim().split('\n').at(-1)).toMatch(
      /^ena-otel: only a pod's own network is visible .*set hostNetwork: true on the pod$/,
    )
  })

  it('reads 256 of 10,000 interfaces when all are asked for, and says so in one line', async () => {
    await using namespace = await networkNamespace(0)
    // Down: the kernel would take half a minute to set them up, and as long to take them away.
    const pairs = Array.from({ length: 5_000 }, (_, i) => `link add nic${i} type veth peer name peer${i}\n`)
    const made = await namespace.exec(['ip', '-batch', '-'], { input: pairs.join('') })
    expect(made).toMatchObject({ status: 0, stderr: '' })
    const once = enaOtel('once', '--format', 'otlp-json', '--statistics', '.', '--include', '*')
    const { status, stdout, stderr } = await namespace.exec(once, { cwd: REPOSITORY, env: QUIET })
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr:
        'ena-otel: interfaces read: 256 of the 10001 that are asked for, those with a device first: ask for fewer with --include, --exclude or --driver\n',
    })
    const names = flatPoints([JSON.parse(stdout) as OtlpRequest]).map(
      (point) => point.attributes['network.interface.name'],
    )
    expect(new Set(names.filter(Boolean)).size).toBe(256)
  })

  it('is not ready until there is an interface to read', async () => {
    await using namespace = await networkNamespace(1)
    await using agent = await startAgent(['--include', 'late*'], { within: (command) => namespace.command(command) })
    const readyz = async (): Promise<string> => {
      const probe = 'const r = await fetch("http://127.0.0.1:8413/readyz"); console.log(r.status, await r.text())'
      const { stdout } = await namespace.exec([process.execPath, '--input-type=module', '-e', probe])
      return stdout.trim()
    }
    await agent.logged(/hostNetwork: true/)
    expect(await readyz()).toMatch(/^503 only a pod's own network is visible/)
    await namespace.exec(['ip', 'link', 'add', 'late0', 'type', 'veth', 'peer', 'name', 'late-peer'])
    await agent.logged(/late0: attached/)
    expect(await readyz()).toBe('200 ok')
    await agent.stop()
    expect(agent.status()).toBe(0)
  })
})
