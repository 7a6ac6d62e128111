// collector.mode: operator accepts IPv4 and IPv6: a real collector, with the configuration that the operator makes of the chart's.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

import { beforeAll, expect, test } from 'vitest'

import { NotHere } from '../harness/not-here.ts'
import { helm } from '../tools/helm.ts'
import { otelcol } from '../tools/otelcol.ts'
import { FIVE_LINES, objectOf, objects } from './chart.ts'
import { operatorPort, withOperatorDefaults } from './operator-defaults.ts'
import { collectorPorts, renderedCollector, startCollector } from './rendered-collector.ts'

beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(otelcol)

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }

test.for(['127.0.0.1', '::1'])(
  'the collector listens on %s, on each of its ports',
  { timeout: 60_000 },
  async (host) => {
    if (host === '::1' && !/^0{31}1 /m.test(readFileSync('/proc/net/if_inet6', 'utf8')))
      throw new NotHere('IPv6', 'the loopback has no ::1')
    const ports = await collectorPorts()
    const { config, flags } = await renderedCollector({ ...FIVE_LINES, collector: { mode: 'operator', ports } })
    const defaulted = withOperatorDefaults(config as Parameters<typeof withOperatorDefaults>[0])
    await using _ = await startCollector({ config: defaulted, flags }, CREDENTIALS)
    for (const port of Object.values(ports)) {
      const socket = connect({ host, port })
      await once(socket, 'connect')
      socket.destroy()
    }
  },
)

test('the operator finds the ports of the endpoints', async () => {
  const all = await objects({ ...FIVE_LINES, collector: { mode: 'operator' } })
  const { receivers, extensions } = objectOf(all, 'OpenTelemetryCollector')['spec'].config
  const { grpc, http } = receivers.otlp.protocols
  expect([grpc, http, extensions.health_check].map(operatorPort)).toEqual([4317, 4318, 13_133])
})
