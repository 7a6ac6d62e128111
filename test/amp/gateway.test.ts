// From OTLP to a query, with a real collector and a stand-in for AWS.
import { beforeAll, expect, test } from 'vitest'
import { otelcol } from '../tools/otelcol.ts'
import { prometheus } from '../tools/prometheus.ts'
import { amp } from './amp.ts'
import { gateway, type Gateway } from './gateway.ts'

beforeAll(otelcol) // the first time, that takes longer than a test may
beforeAll(prometheus)

/** A counter of one node, as OTLP over HTTP in JSON. Resolves to the status. */
async function send({ httpEndpoint }: Gateway, value: number): Promise<number> {
  const now = BigInt(Date.now()) * 1_000_000n
  const sum = {
    dataPoints: [
      {
        attributes: [{ key: 'network.interface.name', value: { stringValue: 'eth0' } }],
        startTimeUnixNano: String(now - 60_000_000_000n),
        timeUnixNano: String(now),
        asInt: String(value),
      },
    ],
    aggregationTemporality: 2,
    isMonotonic: true,
  }
  const attributes = [
    { key: 'service.name', value: { stringValue: 'ena-otel' } },
    { key: 'service.instance.id', value: { stringValue: 'node-1' } },
    { key: 'k8s.node.name', value: { stringValue: 'ip-10-0-0-1' } },
  ]
  const metrics = [{ name: 'aws.ec2.ena.drops', unit: '{packet}', sum }]
  const response = await fetch(`http://${httpEndpoint}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope: { name: 'test' }, metrics }] }],
    }),
  })
  return response.status
}

const expression = 'aws_ec2_ena_drops_total'

test('a counter sent over OTLP has its translated name and its labels in the store', async () => {
  await using workspace = await amp()
  await using collector = await gateway(workspace)
  const status = await send(collector, 42)
  const found = await workspace.waitFor(expression, (series) => series.length > 0, 20_000)
  expect({ status, found, answers: workspace.answers().map(({ status }) => status) }).toEqual({
    status: 200,
    found: [
      {
        labels: {
          __name__: expression,
          instance: 'node-1',
          job: 'ena-otel',
          k8s_node_name: 'ip-10-0-0-1',
          network_interface_name: 'eth0',
          otel_scope_name: 'test',
          service_instance_id: 'node-1',
          service_name: 'ena-otel',
        },
        value: 42,
        timeMs: expect.any(Number),
      },
    ],
    answers: [200],
  })
})

test('a collector with the wrong key is refused, logs that, and stores nothing', async () => {
  await using workspace = await amp()
  const env = { ...workspace.env, AWS_SECRET_ACCESS_KEY: 'another' }
  await using collector = await gateway({ ...workspace, env })
  await send(collector, 42)
  const answers = await workspace.answersWhen(({ length }) => length > 0)
  const log = await collector.logged(/does not match/)
  expect({
    answers: answers.map(({ status, reason }) => `${status} ${reason}`),
    log,
    found: await workspace.query(expression),
  }).toEqual({
    answers: [expect.stringMatching(/^403 .*does not match/)],
    log: expect.stringMatching(/403 Forbidden.*does not match/),
    found: [],
  })
})
