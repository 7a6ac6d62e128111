// Mutual TLS between the agent and the chart's collector while their authority, certificates and keys are replaced: what happens
// meanwhile waits in the agent's queue, and nothing is lost.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, expect, it } from 'vitest'

import { amp } from '../../amp/amp.ts'
import { ampOf, collectorPorts, renderedCollector, startCollector } from '../../chart/rendered-collector.ts'
import { newAuthority } from '../../harness/certificates.ts'
import { secretVolume } from '../../harness/secret-volume.ts'
import { pipelineTools } from '../setup/pipeline.ts'
import { outageNode, told } from './node.ts'

beforeAll(pipelineTools)

it('a new authority, with all certificates and keys: nothing is lost', { timeout: 240_000 }, async () => {
  await using workspace = await amp()
  const ports = await collectorPorts()
  const rendered = await renderedCollector({
    clusterName: 'blue',
    amp: ampOf(workspace),
    collector: { ports, maxConnectionAge: '1s' }, // so that the agent connects again and again
    tls: { source: 'secret', secretName: 'collector', mutual: true, clientSecretName: 'agents' },
  })
  const first = secrets('first')
  using collectors = secretVolume(first.collector)
  using agents = secretVolume(first.agents)
  await using gateway = await startCollector(rendered, workspace.env, { '/etc/ena-otel/tls': collectors.path })
  await using node = await outageNode('ip-10-0-9-5', workspace)
  const files = {
    '--certificate': `${collectors.path}/ca.crt`,
    '--client-certificate': `${agents.path}/tls.crt`,
    '--client-key': `${agents.path}/tls.key`,
  }
  const args = ['--export-interval', '1s', ...Object.entries(files).flat()]
  const agent = await node.run(`https://127.0.0.1:${ports.grpc}`, args)
  await node.burst(1)
  await node.caughtUp()
  await node.begin()

  const bursts = async (times: number): Promise<void> => {
    for (let count = 1; count <= times; count++) {
      await node.burst(count)
      await node.send('out', 10)
      await wait(500)
    }
  }
  const startMs = Date.now()
  const second = secrets('second')
  await bursts(2)
  collectors.replace(second.collector)
  await bursts(2)
  agents.replace(second.agents)
  // The agent fails when it connects with the old certificate, or to the old one, and then until both sides have the new ones.
  for (const end = Date.now() + 80_000; Date.now() < end && !ROTATED.test(agent.log());) await bursts(1)
  await node.caughtUp(40_000).catch((error: Error) => {
    throw new Error(`${error.message}\n${agent.log()}\n${gateway.log()}`)
  })
  const [rises, stored] = [await node.rises(), await node.bursts()]
  console.log(
    `a new authority: all arrived ${((Date.now() - startMs) / 1000).toFixed(1)} s after the first burst; ` +
      `rises ${told(rises)}; ${stored.inTime} of ${stored.of} bursts at their own times`,
  )
  expect(rises.stored).toEqual(rises.kernel)
  expect(stored.wrong).toEqual([])
  expect(agent.log()).toMatch(ROTATED)
})

/** What the agent logs: one side has the new authority before the other, and at last both have it. */
const ROTATED = /export failed: [^\n]*(certificate|unknown ca)[^]*: recovered/

/** Those of the chart's two Secrets, signed by a new authority. */
function secrets(name: string): Record<'collector' | 'agents', Readonly<Record<string, string>>> {
  const authority = newAuthority(`ena-otel test ${name}`)
  const files = (pair: { readonly certificate: string; readonly key: string }): Readonly<Record<string, string>> => ({
    'tls.crt': pair.certificate,
    'tls.key': pair.key,
    'ca.crt': authority.certificate,
  })
  return {
    collector: files(authority.server({ commonName: 'collector' }, ['127.0.0.1'])),
    agents: files(authority.client({ commonName: 'agent' })),
  }
}
