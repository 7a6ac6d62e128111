// The rules and the alert manager definition that the chart renders for ACK, for the stand-ins of AMP and SNS.
import { parse } from 'yaml'

import type { AlertmanagerOptions } from '../sns/alertmanager.ts'
import { objectOf, objects } from './chart.ts'

export interface RenderedAlerting {
  /** The groups of the rule file. */
  readonly rules: readonly object[]
  /** The receiver's settings, the route, and the rules of inhibition. */
  readonly alertmanager: AlertmanagerOptions
}

const VALUES = {
  clusterName: 'blue',
  amp: { region: 'eu-west-1', workspaceId: 'ws-1', otherCredentials: true },
  rules: { ack: { enabled: true } },
  alertmanager: {
    ack: { enabled: true },
    sns: { topicArn: 'arn:aws:sns:eu-west-1:111122223333:alerts' },
    groupWait: '1s',
    groupInterval: '1s',
  },
}

/**
 * As rendered, except for what a test would have to wait for: the groups have no interval of their own and no query_offset, and what
 * is new in a group of alerts is sent every second. The topic is the stand-in's.
 */
export async function renderedAlerting(): Promise<RenderedAlerting> {
  const all = await objects(VALUES)
  const { groups }: { readonly groups: readonly Group[] } = parse(
    objectOf(all, 'RuleGroupsNamespace')['spec'].configuration,
  )
  const definition = parse(objectOf(all, 'AlertManagerDefinition')['spec'].configuration)
  const { route, inhibit_rules, receivers }: Definition = parse(definition.alertmanager_config)
  const [config = {}] = receivers.flatMap(({ sns_configs = [] }) => sns_configs)
  const { topic_arn: _, sigv4: __, ...sns } = config
  return {
    rules: groups.map(({ name, rules }) => ({ name, rules })),
    alertmanager: {
      sns,
      route,
      receivers: receivers.filter(({ sns_configs }) => sns_configs === undefined),
      more: { inhibit_rules },
    },
  }
}

interface Group {
  readonly name: string
  readonly rules: readonly object[]
}

interface Definition {
  readonly route: object
  readonly inhibit_rules: readonly object[]
  readonly receivers: readonly { readonly sns_configs?: readonly Readonly<Record<string, unknown>>[] }[]
}
