// `ena-otel once` on this machine's own interfaces, against what the kernel says.
import { readFileSync } from 'node:fs'

import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { DOCUMENT, startImdsServer } from '../../../packages/metrics/test/resource/imds-server.ts'
import { enaOtel, QUIET, REPOSITORY } from '../../harness/agent.ts'
import { output } from '../../harness/command.ts'
import { bootTimeMs, differences, physicalInterfaces, statisticsNow } from '../../harness/kernel-counters.ts'
import type { OtlpRequest } from '../../harness/otlp-request.ts'
import { type FlatPoint, flatPoints } from '../../harness/points.ts'
import { ethtool } from '../../tools/ethtool.ts'
import { asNobody } from '../../harness/unprivileged.ts'

const interfaces = physicalInterfaces()
const otlpJson = enaOtel('once', '--format', 'otlp-json', '--statistics', '.')
const points = (text: string): readonly FlatPoint[] => flatPoints([JSON.parse(text) as OtlpRequest])

function kernelSays(): ReadonlyMap<string, bigint> {
  return new Map(interfaces.flatMap((name) => [...statisticsNow(name)]))
}

beforeAll(ethtool)

/** `ethtool -S`: `     rx_queue_0_packets: 12`. */
async function ethtoolSays(program: string): Promise<ReadonlyMap<string, bigint>> {
  const texts = await Promise.all(interfaces.map(async (name) => [name, await output([program, '-S', name])] as const))
  return new Map(
    texts.flatMap(([name, text]) =>
      [...text.matchAll(/^ +(.+): (\d+)$/gm)].map(([, key, value]) => [`${name} ${key}`, BigInt(value!)] as const),
    ),
  )
}

describe('ena-otel once', () => {
  beforeEach(({ skip }) => {
    if (interfaces.length === 0) skip('this machine has no interface with a device behind it')
  })

  it('prints the values of /sys, with the boot time as their start', async () => {
    const before = kernelSays()
    const start = Date.now()
    const text = await output(otlpJson, { cwd: REPOSITORY, env: QUIET })
    const end = Date.now()
    const found = points(text)
    expect(differences(found, before, kernelSays())).toEqual([])
    const counters = found.filter(({ metric, startMs }) => startMs !== undefined && metric.startsWith('system.network'))
    expect([...new Set(counters.map(({ startMs }) => startMs))]).toEqual([bootTimeMs()])
    expect(counters.filter(({ timeMs }) => timeMs < start || timeMs > end)).toEqual([])
  })

  it('prints the values of ethtool -S', async () => {
    const program = await ethtool()
    const before = await ethtoolSays(program)
    const found = points(await output(otlpJson, { cwd: REPOSITORY, env: QUIET }))
    const after = await ethtoolSays(program)
    const ours = new Map(
      found
        .filter(({ metric }) => metric.startsWith('ethtool.statistic'))
        .map(({ attributes, value }) => [
          `${attributes['network.interface.name']} ${attributes['ethtool.statistic.name']}`,
          BigInt(value),
        ]),
    )
    expect([...ours.keys()]).toEqual([...before.keys()])
    const wrong = [...ours].filter(([key, value]) => value < before.get(key)! || value > after.get(key)!)
    expect(wrong).toEqual([])
  })

  it('does the same as uid 65534 without capabilities on a read-only file system', async () => {
    const before = kernelSays()
    const outcome = await asNobody(otlpJson, { env: QUIET })
    expect({ status: outcome.status, stderr: outcome.stderr }).toEqual({ status: 0, stderr: '' })
    expect(differences(points(outcome.stdout), before, kernelSays())).toEqual([])
  })

  it('covers the time of --for', async () => {
    const json = enaOtel('once', '--format', 'json', '--for', '1500ms', '--sample-interval', '200ms')
    const { metrics } = JSON.parse(await output(json, { cwd: REPOSITORY, env: QUIET })) as {
      metrics: readonly { name: string; points: readonly { time: number }[] }[]
    }
    const bytes = metrics.find(({ name }) => name === 'system.network.io')!.points
    expect(bytes.at(-1)!.time - bytes[0]!.time).toBeGreaterThanOrEqual(1500)
    expect(metrics.map(({ name }) => name)).toContain('ena.network.io.peak')
  })

  it('prints the resource and the ENI ids of the metadata service', async () => {
    const enis = interfaces.map((name, i) => [
      readFileSync(`/sys/class/net/${name}/address`, 'latin1').trim(),
      `eni-${i}`,
    ])
    await using imds = await startImdsServer(Object.fromEntries(enis) as Record<string, string>)
    const env = { PATH: process.env['PATH'], AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url.href, K8S_NODE_NAME: 'node-1' }
    const found = points(
      await output(enaOtel('once', '--format', 'otlp-json', '--cluster-name', 'blue'), { cwd: REPOSITORY, env }),
    )
    expect(found[0]!.resource).toMatchObject({
      'cloud.provider': 'aws',
      'cloud.platform': 'aws_ec2',
      'cloud.region': DOCUMENT.region,
      'cloud.availability_zone': DOCUMENT.availabilityZone,
      'cloud.account.id': DOCUMENT.accountId,
      'host.id': DOCUMENT.instanceId,
      'host.type': DOCUMENT.instanceType,
      'k8s.node.name': 'node-1',
      'k8s.cluster.name': 'blue',
      'service.instance.id': 'node-1',
    })
    const read = found.filter(({ attributes }) => 'network.interface.name' in attributes)
    expect([...new Set(read.map(({ attributes }) => attributes['ena.eni.id']))]).toEqual(enis.map(([, id]) => id))
    expect(imds.requests).toHaveLength(2 + interfaces.length) // a token, the document, one for each NIC
  })

  it('prints a table by default', async () => {
    const text = await output(enaOtel('once'), { cwd: REPOSITORY, env: QUIET })
    for (const name of interfaces) expect(text).toContain(`${name} · `)
    expect(text).toContain('system.network.io')
  })
})
