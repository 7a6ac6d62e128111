// The alert manager definition: what AMP asks of one, amtool's check, and a page through a real Alertmanager to the stand-in for SNS.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'

import { run } from '../harness/command.ts'
import { type Alert, type Alertmanager, runAlertmanager } from '../sns/alertmanager.ts'
import { type Sns, sns } from '../sns/sns.ts'
import { alertmanager } from '../tools/alertmanager.ts'
import { helm } from '../tools/helm.ts'
import { FIVE_LINES, objectOf, objects, valuesFile } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(alertmanager)

const topicArn = 'arn:aws:sns:eu-west-1:111122223333:ena-otel'
const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:pagerduty-a1b2c3'

interface Route {
  readonly receiver: string
  readonly matchers: readonly string[]
  readonly group_wait?: string
  readonly continue?: boolean
}

interface Configuration {
  readonly route: { readonly receiver: string; readonly group_wait: string; readonly routes: readonly Route[] }
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
async function check(configuration: Pick<Configuration, 'receivers'> & { readonly route: object }): Promise<string> {
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
  const [toSns = {}] = receivers.flatMap(({ sns_configs = [] }) => sns_configs)
  const [toPagerDuty = {}] = receivers.flatMap(({ pagerduty_configs = [] }) => pagerduty_configs)
  expect(toSns).toMatchObject({ topic_arn: topicArn, sigv4: { region: 'eu-west-1' } })
  expect(Object.keys(toSns)).not.toEqual(expect.arrayContaining(['api_url']))
  expect(Object.keys(toSns)).not.toEqual(expect.arrayContaining(['http_config']))
  expect(toPagerDuty['routing_key']).toEqual({
    aws_secrets_manager: { secret_arn: secretArn, secret_key: 'routing_key' },
  })
})

/** Who receives an alert of that severity, and after how long, in the order of the routes. */
function receiversOf({ route }: Configuration, severity: string): readonly string[] {
  const found = []
  for (const { receiver, matchers, group_wait = route.group_wait, ...one } of route.routes) {
    if (!matchers.includes(`severity="${severity}"`)) continue
    found.push(`${receiver} ${group_wait}`)
    if (one.continue !== true) break
  }
  return found.length > 0 ? found : [`${route.receiver} ${route.group_wait}`]
}

test.for([
  ['SNS everything', { sns: { topicArn } }, ['sns 5s'], ['sns 5s']],
  ['PagerDuty only what is critical, also alone', { pagerduty: { secretArn } }, ['pagerduty 5s'], ['none 5s']],
  [
    'PagerDuty what is critical, and SNS everything',
    { sns: { topicArn }, pagerduty: { secretArn } },
    ['pagerduty 5s', 'sns 5s'],
    ['sns 5s'],
  ],
  [
    'PagerDuty warnings too, if it is told so',
    { pagerduty: { secretArn, severities: ['critical', 'warning'] } },
    ['pagerduty 5s'],
    ['pagerduty 5s'],
  ],
  [
    'each severity, after its own wait',
    { sns: { topicArn }, groupWaits: { warning: '2m' }, groupWait: '1s' },
    ['sns 1s'],
    ['sns 2m'],
  ],
] as const)('%s', async ([, values, critical, warning]) => {
  const configuration = await definition(values)
  expect(receiversOf(configuration, 'critical')).toEqual(critical)
  expect(receiversOf(configuration, 'warning')).toEqual(warning)
  expect(await check(configuration)).toBe('fine')
})

test('the watchdog is sent to nobody, or to its own topic', async () => {
  const watched = 'arn:aws:sns:eu-west-1:111122223333:watchdog'
  const receiver = async (values: object): Promise<string | undefined> => {
    const configuration = await definition({ sns: { topicArn }, ...values })
    expect(await check(configuration)).toBe('fine')
    return configuration.route.routes.find(({ matchers }) => matchers.includes('alertname="EnaOtelWatchdog"'))?.receiver
  }
  expect(await receiver({})).toBe('none')
  expect(await receiver({ watchdog: { topicArn: watched } })).toBe('watchdog')
})

/** The definition in a real Alertmanager, whose topic is the stand-in. Groups are sent after a second. */
async function running(receiver: Sns): Promise<Alertmanager> {
  const { receivers, route, inhibit_rules } = await definition({
    sns: { topicArn },
    groupWait: '1s', // an inhibition counts once both are there
    groupInterval: '1s',
  })
  const [config = {}] = receivers.flatMap(({ sns_configs = [] }) => sns_configs)
  const { topic_arn: _, sigv4: __, ...message } = config
  return runAlertmanager(receiver, {
    sns: message,
    route,
    receivers: receivers.filter(({ sns_configs }) => sns_configs === undefined),
    more: { inhibit_rules },
  })
}

/** An alert of the rules, about a node or its cluster. */
function alertOf(alertname: string, severity: string, node?: string): Alert {
  const labels = { k8s_cluster_name: 'blue', ...(node && { k8s_node_name: node, network_interface_name: 'ens5' }) }
  const annotations = {
    summary: `${alertname} of ${node ?? 'blue'}`,
    description: 'What happens to users, on which node and ENI, and the number. '.repeat(7),
    runbook_url: `https://example.com/${alertname}.md`,
  }
  return { labels: { alertname, severity, ...labels }, annotations }
}

const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `ip-10-0-${Math.floor(i / 250)}-${i % 250}.eu-west-1.compute.internal`)

test('1,000 nodes over a limit are one page that SNS takes, with the first 20 and the number of the others', async () => {
  await using receiver = await sns({ region: 'eu-west-1' })
  await using manager = await running(receiver)
  await manager.alert(names(1000).map((node) => alertOf('LinkLocalAllowanceExceeded', 'critical', node)))
  const [page] = await receiver.receivedWhen((messages) => messages.length > 0)
  await wait(3000) // several intervals of the group
  expect(receiver.refused()).toEqual([])
  expect(receiver.received()).toHaveLength(1)
  expect(Buffer.byteLength(page?.message ?? '')).toBeLessThan(20_000)
  expect(page?.message.match(/^firing since /gm)).toHaveLength(20)
  expect(page?.message).toContain('and 980 more')
})

test('a dead collector is one page: what is missing with it is not another', async () => {
  await using receiver = await sns({ region: 'eu-west-1' })
  await using manager = await running(receiver)
  await manager.alert([
    ...names(1000).map((node) => alertOf('EnaOtelNodeSilent', 'warning', node)),
    alertOf('EnaOtelNodeSilent', 'critical'),
    alertOf('CorednsDown', 'critical'),
    alertOf('EnaOtelWatchdog', 'none'),
  ])
  await receiver.receivedWhen((messages) => messages.length > 0)
  await wait(3000)
  expect(receiver.received().map(({ subject }) => subject)).toEqual(['firing EnaOtelNodeSilent blue'])
  expect(receiver.received()[0]?.message).toContain('(critical)')
})

test('the outage of DNS inhibits the alert of its limit on the same interface, not on another', async () => {
  await using receiver = await sns({ region: 'eu-west-1' })
  await using manager = await running(receiver)
  await manager.alert([
    alertOf('DnsThrottled', 'critical', 'node-1'),
    alertOf('LinkLocalAllowanceExceeded', 'critical', 'node-1'),
    alertOf('LinkLocalAllowanceExceeded', 'warning', 'node-1'),
    alertOf('LinkLocalAllowanceExceeded', 'critical', 'node-2'),
  ])
  await receiver.receivedWhen((messages) => messages.length > 1)
  await wait(3000)
  const pages = receiver.received().map(({ message }) => message)
  expect(pages).toHaveLength(2)
  expect(pages.filter((page) => page.includes('LinkLocalAllowanceExceeded of node-1'))).toEqual([])
})

test('a page says what is wrong, where and what to do, under a subject that SNS takes', async () => {
  await using receiver = await sns({ region: 'eu-west-1' })
  await using manager = await running(receiver)
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
