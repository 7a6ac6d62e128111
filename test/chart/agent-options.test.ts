// The agent's settings, in values.yaml and in the DaemonSet, against the agent's own table of options.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'

import { variableName } from '../../packages/agent/src/config/environment.ts'
import { loadConfig } from '../../packages/agent/src/config/load.ts'
import { DEFAULTS, OPTIONS } from '../../packages/agent/src/config/options.ts'
import { helm } from '../tools/helm.ts'
import { CHART, complaint, FIVE_LINES, objectOf, objects, type Values } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may

const NAMES = Object.keys(OPTIONS.shape)
const own = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')).agent
const inValues = NAMES.filter((name) => name in own)

async function environment(values: Values): Promise<Record<string, string>> {
  const all = await objects(values)
  const { env } = objectOf(all, 'DaemonSet')['spec'].template.spec.containers[0]
  return Object.fromEntries(
    env.map(({ name, value = 'node-1' }: { name: string; value?: string }) => [
      name,
      value === '$(ENA_OTEL_COLLECTOR_SERVICE_HOST)' ? '172.20.0.7' : value,
    ]),
  )
}

test('a value that is called like an option has its default', async () => {
  const { config } = loadConfig({}, await environment(FIVE_LINES))
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
      'maxSeries',
      'compat',
      'include',
      'driver',
      'protocol',
      'healthPort',
    ]),
  )
})

test('each value that is called like an option sets it', async () => {
  const agent = {
    sampleInterval: '2s',
    exportInterval: '1m',
    heartbeatInterval: '2m',
    ownMetrics: 'all',
    include: ['ens*', 'eth0'],
    exclude: ['veth*'],
    driver: ['ena', '!veth'],
    statistics: '^queue_0_.*(cnt|bytes)$',
    compat: ['showmax', 'node_exporter'],
    protocol: 'http/protobuf',
    temporality: 'delta',
    compression: 'none',
    timeout: '5s',
    detail: 'full',
    queueSize: '4MiB',
    queueAge: '30m',
    maxSeries: 20_000,
    healthPort: 9413,
    logLevel: 'debug',
  }
  expect(Object.keys(agent).toSorted()).toEqual(inValues.toSorted())
  const collector = { mode: 'external', external: { endpoint: 'http://there:4317' } } // AMP takes no deltas
  const { config } = loadConfig({}, await environment({ clusterName: 'blue', collector, agent }))
  expect(config).toMatchObject({
    ...agent,
    sampleInterval: 2000,
    exportInterval: 60_000,
    heartbeatInterval: 120_000,
    timeout: 5000,
    queueSize: 4 * 2 ** 20,
    queueAge: 1_800_000,
    statistics: { source: '^queue_0_.*(cnt|bytes)$' },
  })
})

// What an agent refuses ends it on every node, at once or pod by pod.
test.for([
  ['sampleInterval', ['100ms', '60s'], ['99ms', '61s']],
  ['exportInterval', ['1s', '24h'], ['999ms', '25h']],
  ['heartbeatInterval', ['100ms', '2m'], ['99ms', '3m']],
  ['timeout', ['1ms', '4m'], ['11m']],
  ['queueAge', ['1s', '24h'], ['999ms', '25h']],
  ['queueSize', ['64KiB', '1GiB'], ['63KiB', '1025MiB']],
  ['maxSeries', [100, 20_000], [99, 20_001]],
] as const)('the chart takes of %s what the agent takes', async ([name, taken, refused]) => {
  const others = { exportInterval: '1m', resources: { limits: { memory: '8Gi' } } }
  const values = (value: string | number): Values => ({ ...FIVE_LINES, agent: { ...others, [name]: value } })
  for (const value of taken) {
    const { config } = loadConfig({}, await environment(values(value)))
    expect(config[name], String(value)).toBeGreaterThan(0)
  }
  for (const value of refused) {
    const env = { [variableName(name)]: String(value) }
    expect(() => loadConfig({}, env), String(value)).toThrow(variableName(name))
    expect(await complaint(values(value)), String(value)).toMatch(new RegExp(`agent[./]${name}`))
  }
})

test('every variable of the agent that the chart sets is an option of it', async () => {
  const set = Object.keys(await environment(FIVE_LINES)).filter((name) => name.startsWith('ENA_OTEL_'))
  expect(set.filter((variable) => !NAMES.some((name) => variableName(name) === variable))).toEqual([])
})

test('the agent is told where the collector is by its name and by its address', async () => {
  expect(loadConfig({}, await environment(FIVE_LINES)).config).toMatchObject({
    endpoint: 'http://ena-otel-collector.ena-otel.svc:4317',
    collectorAddress: '172.20.0.7',
    clusterName: 'blue',
  })
})
