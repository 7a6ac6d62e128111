// The calls that ACK would make for the chart's objects, to moto.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { serverProcess } from '../../amp/server-process.ts'
import { objects } from '../../chart/chart.ts'
import { output } from '../../harness/command.ts'
import { freePort } from '../../harness/free-port.ts'
import { helm } from '../../tools/helm.ts'
import { moto } from '../../tools/moto.ts'

beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(moto)

test('AWS takes what ACK sends, and returns what the objects say', { timeout: 60_000 }, async () => {
  const { python, packages } = await moto()
  const env = { PYTHONPATH: packages }
  const port = await freePort()
  await using _ = await serverProcess({
    name: 'moto',
    command: () => [python, '-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env,
    ready: (line) => (line.includes(`Running on http://127.0.0.1:${port}`) ? true : undefined),
  })
  const all = await objects({
    clusterName: 'blue',
    amp: {
      region: 'eu-west-1',
      otherCredentials: true,
      ack: { createWorkspace: true, tags: { team: 'network' } },
    },
    rules: { ack: { enabled: true, tags: { team: 'rules' } } },
    alertmanager: { ack: { enabled: true }, sns: { topicArn: 'arn:aws:sns:eu-west-1:111122223333:alerts' } },
  })
  const own = all.filter(({ apiVersion }) => apiVersion.startsWith('prometheusservice.'))
  const calls = [python, join(import.meta.dirname, 'ack-calls.py'), `http://127.0.0.1:${port}`]
  const returned = await output(calls, { env: { ...process.env, ...env }, input: JSON.stringify(own) })
  const configuration: string = own.find(({ kind }) => kind === 'RuleGroupsNamespace')?.['spec'].configuration
  expect(JSON.parse(returned)).toEqual({
    alias: 'ena-otel-blue',
    workspaceTags: { team: 'network' },
    workspaceStatus: 'ACTIVE',
    configuration, // to the byte: otherwise ACK would update it for ever
    updated: `${configuration}\n`,
    tags: { team: 'rules' },
    status: 'ACTIVE',
    alertmanager: 'CREATING',
  })
})
