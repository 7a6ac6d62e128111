// The agent's settings, in values.yaml and in the DaemonSet, against the agent's own table of options.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'

import { variableName } from '../../packages/agent/src/config/environment.ts'
import { DEFAULTS, loadConfig } from '../../packages/agent/src/config/load.ts'
import { OPTIONS } from '../../packages/agent/src/config/options.ts'
import { orSkip } from '../not-here.ts'
import { helm } from '../tools/helm.ts'
import { CHART, FIVE_LINES, objectOf, objects, type Values } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may

const NAMES = Object.keys(OPTIONS.shape)
const own = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')).agent
const inValues = NAMES.filter((name) => name in own)

async function environment(values: Values, skip: (reason: string) => never): Promise<Record<string, string>> {
  const all = orSkip(await objects(values), skip)
  const { env } = objectOf(all, 'DaemonSet')['spec'].template.spec.containers[0]
  return Object.fromEntries(
    env.map(({ name, value = 'node-1' }: { name: string; value?: string }) => [
      name,
      value === '$(ENA_OTEL_COLLECTOR_SERVICE_HOST)' ? '172.20.0.7' : value,
    ]),
  )
}

test('a value that is called like an option has its default', async ({ skip }) => {
  const { config } = loadConfig({}, await environment(FIVE_LINES, skip))
  const picked = (of: object): object =>
    Object.fromEntries(Object.entries(of).filter(([name]) => inValues.includes(name)))
  expect(picked(config)).toEqual(picked(DEFAULTS))
  expect(inValues).toEqual(
    expect.arrayContaining([
      'sampleInterval',
      'exportInterval',
      'detail',
      'queueSize',
      'queueAge',
      'mostSeries',
      'compat',
      'include',
      'driver',
      'protocol',
      'healthPort',
    ]),
  )
})

test('each value that is called like an option sets it', async ({ skip }) => {
  const agent = {
    sampleInterval: '2s',
    exportInterval: '1m',
    include: ['ens*', 'eth0'],
    exclude: ['veth*'],
    driver: ['ena', '!veth'],
    statistics: '^queue_0_.*(cnt|bytes)$',
    compat: ['showmax', 'node_exporter'],
    protocol: 'http/protobuf',
    compression: 'none',
    timeout: '5s',
    detail: 'full',
    queueSize: '4MiB',
    queueAge: '30m',
    mostSeries: 100_000,
    healthPort: 9413,
    logLevel: 'debug',
  }
  expect(Object.keys(agent).toSorted()).toEqual(inValues.toSorted())
  const { config } = loadConfig({}, await environment({ ...FIVE_LINES, agent }, skip))
  expect(config).toMatchObject({
    ...agent,
    sampleInterval: 2000,
    exportInterval: 60_000,
    timeout: 5000,
    queueSize: 4 * 2 ** 20,
    queueAge: 1_800_000,
    statistics: /^queue_0_.*(cnt|bytes)$/,
  })
})

test('every variable of the agent that the chart sets is an option of it', async ({ skip }) => {
  const set = Object.keys(await environment(FIVE_LINES, skip)).filter((name) => name.startsWith('ENA_OTEL_'))
  expect(set.filter((variable) => !NAMES.some((name) => variableName(name) === variable))).toEqual([])
})

test('the agent is told where the collector is by its name and by its address', async ({ skip }) => {
  expect(loadConfig({}, await environment(FIVE_LINES, skip)).config).toMatchObject({
    endpoint: 'http://ena-otel-collector.ena-otel.svc:4317',
    collectorAddress: '172.20.0.7',
    clusterName: 'blue',
  })
})
