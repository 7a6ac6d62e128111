// The pods and Services that the OpenTelemetry operator would make of the chart's object (opentelemetry-operator.ts), on a real Kubernetes;
// and the collector with the configuration that the operator would give it, over IPv6.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Amp, amp } from '../../amp/amp.ts'
import { FIVE_LINES, objectOf, objects } from '../../chart/chart.ts'
import { collectorImage } from '../../chart/collector-image.ts'
import { output } from '../../harness/command.ts'
import { networkNamespace } from '../../harness/netns.ts'
import { startOtelcol } from '../../harness/otelcol.ts'
import { type Passage, passage } from '../../harness/passage.ts'
import { agentImage } from '../../image/agent-image.ts'
import { helm } from '../../tools/helm.ts'
import { otelcol } from '../../tools/otelcol.ts'
import { ADDRESS } from '../address.ts'
import type { Cluster } from '../cluster.ts'
import { preparedCluster } from '../prepared-cluster.ts'
import { operatorMakes } from './opentelemetry-operator.ts'
import { HERE, NAMESPACE, NIC } from './release.ts'

interface Bench extends AsyncDisposable {
  readonly cluster: Cluster
  readonly workspace: Amp
  readonly door: Passage
}

let bench: Bench | undefined
beforeAll(async () => {
  bench = await setUp()
})
beforeAll(otelcol)
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

async function setUp(): Promise<Bench> {
  await using made = new AsyncDisposableStack()
  await helm()
  const images = [await agentImage(), await collectorImage()]
  const workspace = made.use(await amp())
  const cluster = made.use(await preparedCluster({ images, nic: NIC, namespaces: { [NAMESPACE]: 'privileged' } }))
  const within = (command: readonly string[]): readonly string[] => cluster.command(command)
  const door = made.use(await passage(within, new URL(workspace.remoteWriteUrl).origin, ADDRESS.node))
  const all = made.move()
  return { cluster, workspace, door, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

test(
  'the agents push to the pods that it makes, and `helm test` finds their metrics',
  { timeout: 120_000 },
  async () => {
    const { cluster, workspace, door } = bench!
    const all = await objects({
      ...HERE,
      clusterName: 'blue',
      amp: {
        remoteWriteUrl: door.endpoint + new URL(workspace.remoteWriteUrl).pathname,
        region: workspace.scope.region,
        otherCredentials: true,
      },
      collector: {
        ...HERE.collector,
        mode: 'operator',
        env: Object.entries(workspace.env).map(([name, value]) => ({ name, value })),
      },
    })
    const ours = all.filter(({ kind }) => kind !== 'OpenTelemetryCollector' && kind !== 'Pod')
    await cluster.apply([...ours, ...operatorMakes(objectOf(all, 'OpenTelemetryCollector'))])
    const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl(['-n', NAMESPACE, ...args])
    await kubectl('rollout', 'status', 'deployment/ena-otel-otelcol-collector', '--timeout=60s')
    await workspace.waitFor('system_network_io_bytes_total', (series) => series.length > 0, 60_000)
    await cluster.apply([objectOf(all, 'Pod')])
    const pod = objectOf(all, 'Pod').metadata.name
    await kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${pod}`, '--timeout=60s')
    expect(await kubectl('logs', pod)).toMatch(/the collector got [1-9]\d* points from agents/)
  },
)

const reachable = `
const urls = ['http://[::1]:13133/', 'http://127.0.0.1:13133/', 'http://[::1]:4318/v1/metrics', 'http://[::1]:8888/metrics']
const status = async (url) => { try { return (await fetch(url)).status } catch ({ cause }) { return cause.code } }
Promise.all(urls.map(status)).then((all) => console.log(JSON.stringify(all)))`

test('with the configuration that it gives it, the collector is reached over IPv4 and IPv6', async () => {
  const all = await objects({ ...FIVE_LINES, collector: { mode: 'operator' } })
  const [map] = operatorMakes(objectOf(all, 'OpenTelemetryCollector'))
  await using namespace = await networkNamespace(0)
  await using _ = await startOtelcol({
    config: () => parse(map!['data']['collector.yaml']) as object,
    env: { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_EC2_METADATA_DISABLED: 'true' },
    within: (command) => namespace.command(command),
  })
  const statuses = await output(namespace.command([process.execPath, '-e', reachable]))
  expect(JSON.parse(statuses)).toEqual([200, 200, 405, 200]) // 405: OTLP takes POST only
})
