// A real Alertmanager publishes to the stand-in.
import { beforeAll, expect, test } from 'vitest'
import { amp } from '../amp/amp.ts'
import { push, series } from '../amp/push.ts'
import { orSkip } from '../not-here.ts'
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

test('an alert arrives as a message, with the subject, text and attributes of the configuration', async ({ skip }) => {
  await using topic = await sns()
  const entry = { ...said, attributes: { severity: 'page' } }
  await using running = orSkip(await runAlertmanager(topic, { sns: entry }), skip)
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

test('a message signed with another key or for another region is refused', async ({ skip }) => {
  await using topic = await sns()
  const { scope } = topic
  const otherKey = { ...topic, scope: { ...scope, credentials: { ...scope.credentials, secretAccessKey: 'another' } } }
  const otherRegion = { ...topic, scope: { ...scope, region: 'us-east-1' } }
  for (const strange of [otherKey, otherRegion]) {
    await using running = orSkip(await runAlertmanager(strange, { sns: said }), skip)
    const before = topic.refused().length
    await running.alert([alert])
    await topic.refusedWhen(({ length }) => length > before)
  }
  const reasons = new Set(topic.refused().map(({ status, code, reason }) => `${status} ${code} ${reason}`))
  expect({ reasons: [...reasons], received: topic.received() }).toEqual({
    reasons: [
      expect.stringMatching(/^403 InvalidSignatureException .*does not match/),
      expect.stringMatching(/^403 InvalidSignatureException .*scoped to .*\/eu-central-1\/sns\/aws4_request/),
    ],
    received: [],
  })
})

test('a subject that SNS does not take is refused, and Alertmanager says so', async ({ skip }) => {
  await using topic = await sns()
  const entry = { ...said, subject: '{{ .CommonLabels.alertname }}\n{{ .CommonLabels.node }}' }
  await using running = orSkip(await runAlertmanager(topic, { sns: entry }), skip)
  await running.alert([alert])
  const log = await running.logged(/Invalid parameter/)
  expect({ refused: topic.refused()[0], log }).toEqual({
    refused: { status: 400, code: 'InvalidParameter', reason: 'Invalid parameter: Subject' },
    log: expect.stringMatching(/Invalid parameter: Subject/),
  })
})

test('what the stand-in answers with 500 is published once more, and arrives', async ({ skip }) => {
  await using topic = await sns()
  await using running = orSkip(await runAlertmanager(topic, { sns: said }), skip)
  topic.fail(500, 2)
  await running.alert([alert])
  expect(await topic.receivedWhen(({ length }) => length > 0)).toHaveLength(1)
})

test('a rule on what was written pages: from the store through Alertmanager to a message', async ({ skip }) => {
  const labels = { severity: 'page' }
  const rule = {
    alert: 'Drops',
    expr: 'drops_total > 10',
    labels,
    annotations: { summary: '{{ $labels.node }}: {{ $value }}' },
  }
  await using topic = await sns()
  await using running = orSkip(await runAlertmanager(topic, { sns: said }), skip)
  const ruleGroups = [{ name: 'drops', interval: '1s', rules: [rule] }]
  await using workspace = orSkip(await amp({ ruleGroups, alertmanagers: [running.address] }), skip)
  await push(workspace, [series('drops_total', [{ value: 11, timestamp: Date.now() }], { node: 'node-7' })])
  const [message] = await topic.receivedWhen(({ length }) => length > 0)
  expect(message).toMatchObject({ subject: 'Drops on node-7', message: 'node-7: 11' })
})
