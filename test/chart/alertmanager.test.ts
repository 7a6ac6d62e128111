// The alert manager definition: what AMP asks of one, amtool's check, and a page through a real Alertmanager to the stand-in for SNS.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'

import { run } from '../harness/command.ts'
import { runAlertmanager } from '../sns/alertmanager.ts'
import { sns } from '../sns/sns.ts'
import { alertmanager } from '../tools/alertmanager.ts'
import { helm } from '../tools/helm.ts'
import { FIVE_LINES, objectOf, objects, valuesFile } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(alertmanager)

const topicArn = 'arn:aws:sns:eu-west-1:111122223333:ena-otel'
const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:pagerduty-a1b2c3'

interface Configuration {
  readonly route: object
  readonly inhibit_rules: readonly object[]
  readonly receivers: readonly {
    readonly name: string
    readonly sns_configs?: readonly Readonly<Record<string, unknown>>[]
    readonly pagerduty_configs?: readonly Readonly<Record<string, unknown>>[]
  }[]
}

async function definition(receivers: object): Promise<Configuration> {
  const values = { ...FIVE_LINES, alertmanager: { ack: { enabled: true }, ...receivers } }
  const { spec } = objectOf(await objects(values), 'AlertManagerDefinition')
  expect(spec.workspaceID).toBe(FIVE_LINES.amp.workspaceId)
  return parse(parse(spec.configuration).alertmanager_config)
}

/** What amtool says, which doesn't know AMP's way to a routing key. */
async function check(configuration: Configuration): Promise<string> {
  const { amtool } = await alertmanager()
  const receivers = configuration.receivers.map((receiver) => ({
    ...receiver,
    pagerduty_configs: receiver.pagerduty_configs?.map((config) => ({ ...config, routing_key: 'x' })) ?? [],
  }))
  using file = valuesFile({})
  const path = join(file.path, '..', 'alertmanager.yaml')
  writeFileSync(path, stringify({ ...configuration, receivers }))
  const { status, stdout, stderr } = await run([amtool, 'check-config', path])
  return status === 0 ? 'fine' : stdout + stderr
}

test.for([
  ['SNS', { sns: { topicArn } }],
  ['PagerDuty', { pagerduty: { secretArn } }],
  ['both', { sns: { topicArn }, pagerduty: { secretArn } }],
] as const)('the definition with %s is one that Alertmanager takes', async ([, receivers]) => {
  expect(await check(await definition(receivers))).toBe('fine')
})

test('amtool finds what is wrong in one', async () => {
  const configuration = await definition({ sns: { topicArn } })
  expect(await check({ ...configuration, route: { receiver: 'nobody' } })).toContain('nobody')
})

test('the definition has what AMP asks for, and nothing that it refuses', async () => {
  const { receivers } = await definition({ sns: { topicArn }, pagerduty: { secretArn } })
  const [[toSns = {}] = [], [toPagerDuty = {}] = []] = [receivers[0]?.sns_configs, receivers[1]?.pagerduty_configs]
  expect(toSns).toMatchObject({ topic_arn: topicArn, sigv4: { region: 'eu-west-1' } })
  expect(Object.keys(toSns)).not.toEqual(expect.arrayContaining(['api_url']))
  expect(Object.keys(toSns)).not.toEqual(expect.arrayContaining(['http_config']))
  expect(toPagerDuty['routing_key']).toEqual({
    aws_secrets_manager: { secret_arn: secretArn, secret_key: 'routing_key' },
  })
})

test('a page says what is wrong, where and what to do, under a subject that SNS takes', async () => {
  const configuration = await definition({ sns: { topicArn } })
  await using receiver = await sns({ region: 'eu-west-1' })
  const [[config = {}] = []] = [configuration.receivers[0]?.sns_configs]
  const { topic_arn: _, sigv4: __, ...message } = config
  const route = { ...configuration.route, group_wait: '1s', group_interval: '1s' } // an inhibition counts once both are there
  await using manager = await runAlertmanager(receiver, {
    sns: message,
    route,
    more: { inhibit_rules: configuration.inhibit_rules },
  })
  const labels = {
    alertname: 'LinkLocalAllowanceExceeded',
    k8s_cluster_name: `a-cluster-with-a-long-name-${'x'.repeat(70)}`,
    k8s_node_name: 'ip-10-0-0-1.eu-west-1.compute.internal',
    network_interface_name: 'ens5',
    ena_eni_id: 'eni-0123456789abcdef0',
  }
  const annotations = {
    summary: 'DNS of ip-10-0-0-1 is being dropped',
    description: '312 packets in 5 minutes on ens5.',
    runbook_url: 'https://example.com/LinkLocalAllowanceExceeded.md',
  }
  await manager.alert([
    { labels: { ...labels, severity: 'critical' }, annotations },
    { labels: { ...labels, severity: 'warning' }, annotations },
  ])
  const received = await receiver.receivedWhen((messages) => messages.length > 0)
  expect(receiver.refused()).toEqual([])
  const critical = received.find(({ subject }) => subject !== undefined)
  expect(critical).toMatchObject({
    subject: `firing LinkLocalAllowanceExceeded ${labels.k8s_cluster_name}`.slice(0, 100),
    message: expect.stringContaining(annotations.summary),
  })
  expect(critical?.message).toContain(annotations.description)
  expect(critical?.message).toContain(annotations.runbook_url)
  process.stdout.write(`a page:\n${critical?.message}\n`)
  expect(received.every(({ message: text }) => !text.includes('(warning)'))).toBe(true)
})
