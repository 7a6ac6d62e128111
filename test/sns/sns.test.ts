// A real Alertmanager publishes to the stand-in.
import { beforeAll, expect, test } from 'vitest'
import { amp } from '../amp/amp.ts'
import { push, series } from '../amp/push.ts'
import { alertmanager } from '../tools/alertmanager.ts'
import { prometheus } from '../tools/prometheus.ts'
import { runAlertmanager, type Alert } from './alertmanager.ts'
import { sns } from './sns.ts'

beforeAll(alertmanager) // the first time, that takes longer than a test may
beforeAll(prometheus)

const alert: Alert = {
  labels: { alertname: 'LinkLocalDrops', node: 'node-1', interface: 'eth0' },
  annotations: { summary: 'eth0 of node-1 drops DNS queries' },
}
const said = {
  subject: '{{ .CommonLabels.alertname }} on {{ .CommonLabels.node }}',
  message: '{{ .CommonAnnotations.summary }}',
}

test('delivers an alert with the subject, text and attributes of the configuration', async () => {
  await using topic = await sns()
  const entry = { ...said, attributes: { severity: 'page' } }
  await using running = await runAlertmanager(topic, { sns: entry })
  const before = Date.now()
  await running.alert([alert])
  const received = await topic.receivedWhen(({ length }) => length > 0)
  expect(received).toEqual([
    {
      at: expect.any(Number),
      topicArn: topic.topicArn,
      subject: 'LinkLocalDrops on node-1',
      message: 'eth0 of node-1 drops DNS queries',
      attributes: { severity: 'page' },
    },
  ])
  expect(received[0]?.at).toBeGreaterThanOrEqual(before)
})

test('refuses a message signed with another key', async () => {
  await using topic = await sns()
  const credentials = { ...topic.scope.credentials, secretAccessKey: 'another' }
  await using running = await runAlertmanager({ ...topic, scope: { ...topic.scope, credentials } }, { sns: said })
  await running.alert([alert])
  const [refused] = await topic.refusedWhen(({ length }) => length > 0)
  expect({ refused, received: topic.received() }).toEqual({
    refused: {
      status: 403,
      code: 'InvalidSignatureException',
      reason: expect.stringContaining('does not match'),
    },
    received: [],
  })
})

test('refuses an invalid subject, and Alertmanager logs that', async () => {
  await using topic = await sns()
  const entry = { ...said, subject: '{{ .CommonLabels.alertname }}\n{{ .CommonLabels.node }}' }
  await using running = await runAlertmanager(topic, { sns: entry })
  await running.alert([alert])
  const log = await running.logged(/Invalid parameter/)
  expect({ refused: topic.refused()[0], log }).toEqual({
    refused: { status: 400, code: 'InvalidParameter', reason: 'Invalid parameter: Subject' },
    log: expect.stringMatching(/Invalid parameter: Subject/),
  })
})

test('gets a message again after it answered 500', async () => {
  await using topic = await sns()
  await using running = await runAlertmanager(topic, { sns: said })
  topic.fail(500, 2)
  await running.alert([alert])
  expect(await topic.receivedWhen(({ length }) => length > 0)).toHaveLength(1)
})

test('delivers the alert of a rule that Prometheus evaluates', async () => {
  const labels = { severity: 'page' }
  const rule = {
    alert: 'Drops',
    expr: 'drops_total > 10',
    labels,
    annotations: { summary: '{{ $labels.node }}: {{ $value }}' },
  }
  await using topic = await sns()
  await using running = await runAlertmanager(topic, { sns: said })
  const ruleGroups = [{ name: 'drops', interval: '1s', rules: [rule] }]
  await using workspace = await amp({ ruleGroups, alertmanagers: [running.address] })
  await push(workspace, [series('drops_total', [{ value: 11, timestamp: Date.now() }], { node: 'node-7' })])
  const [message] = await topic.receivedWhen(({ length }) => length > 0)
  expect(message).toMatchObject({ subject: 'Drops on node-7', message: 'node-7: 11' })
})
