// A real Alertmanager on the loopback, whose receiver is the SNS stand-in.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serverProcess, type ServerLog } from '../amp/server-process.ts'
import type { SigningScope } from '../amp/signature.ts'
import { alertmanager } from '../tools/alertmanager.ts'

/** Where it publishes to. */
export interface Topic {
  readonly url: string
  readonly topicArn: string
  readonly scope: SigningScope
}

export interface AlertmanagerOptions {
  /** More settings of the one entry of `sns_configs`: `subject`, `message`, `attributes`. Alertmanager's own by default. */
  readonly sns?: object
  /** More settings of the root route. By default a group is sent at once, and again every 5 s when it has changed. */
  readonly route?: object
  /** More receivers, to which routes may lead. */
  readonly receivers?: readonly object[]
  /** More settings at the top: `inhibit_rules`, `templates`. */
  readonly more?: object
}

/** An alert as its API takes it: https://prometheus.io/docs/alerting/latest/alerts_api/ */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Alertmanager extends ServerLog, AsyncDisposable {
  /** Host and port, for Prometheus: `127.0.0.1:41939`. */
  readonly address: string
  /** Posts alerts that fire. @throws when it doesn't take them. */
  alert(alerts: readonly Alert[]): Promise<void>
  stop(): Promise<void>
}

/** Starts Alertmanager on a free port; it is ready when this resolves. Builds it where that has never been done. */
export async function runAlertmanager(topic: Topic, options: AlertmanagerOptions = {}): Promise<Alertmanager> {
  const programs = await alertmanager()
  const server = await serverProcess({
    name: 'alertmanager',
    command: (folder) => {
      const file = join(folder, 'alertmanager.json')
      writeFileSync(file, JSON.stringify(configuration(topic, options))) // JSON is YAML
      return [
        programs.alertmanager,
        `--config.file=${file}`,
        `--storage.path=${join(folder, 'data')}`,
        '--web.listen-address=127.0.0.1:0',
        '--cluster.listen-address=', // it is alone
        '--log.format=json',
      ]
    },
    ready: (line) => {
      const { msg, address }: LogLine = line.startsWith('{') ? JSON.parse(line) : {}
      return msg === 'Listening on' ? address : undefined // the port that the kernel chose
    },
  })
  return { ...server, address: server.ready, alert: (alerts) => post(server.ready, alerts) }
}

interface LogLine {
  readonly msg?: string
  readonly address?: string
}

function configuration(
  { url, topicArn, scope }: Topic,
  { sns = {}, route = {}, receivers = [], more = {} }: AlertmanagerOptions,
): object {
  const { accessKeyId, secretAccessKey } = scope.credentials
  const sigv4 = { region: scope.region, access_key: accessKeyId, secret_key: secretAccessKey }
  return {
    route: { receiver: 'sns', group_wait: '0s', group_interval: '5s', ...route },
    receivers: [{ name: 'sns', sns_configs: [{ api_url: url, topic_arn: topicArn, sigv4, ...sns }] }, ...receivers],
    ...more,
  }
}

async function post(address: string, alerts: readonly Alert[]): Promise<void> {
  const response = await fetch(`http://${address}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  })
  if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`)
}
