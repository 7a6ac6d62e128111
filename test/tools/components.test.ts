// The programs that are built here have the parts that EKS and ADOT have.
import { beforeAll, expect, test } from 'vitest'
import { run } from '../harness/command.ts'
import { kube } from './kube.ts'
import { otelcol } from './otelcol.ts'

// The first time, that takes longer than a test may.
beforeAll(kube, 1_800_000)
beforeAll(otelcol, 1_800_000)

test('CoreDNS has the plugins that EKS configures', async () => {
  const { coredns } = await kube()
  const { stdout } = await run([coredns, '-plugins'])
  const plugins = [...stdout.matchAll(/^(\w+)$/gm)].map(([, name]) => name)
  expect(plugins).toEqual(
    expect.arrayContaining(['cache', 'errors', 'forward', 'health', 'kubernetes', 'prometheus', 'ready']),
  )
})

test('the collector has the components of ADOT that the tests use', async () => {
  const { stdout } = await run([await otelcol(), 'components'])
  const names = [...stdout.matchAll(/^ {4}- name: (\w+)$/gm)].map(([, name = '']) => name)
  expect([...new Set(names)].sort((a, b) => a.localeCompare(b, 'en'))).toEqual([
    'batch',
    'cumulativetodelta',
    'debug',
    'file',
    'file_storage',
    'filter',
    'health_check',
    'k8s_attributes',
    'memory_limiter',
    'metrics_transform',
    'otlp',
    'otlp_grpc',
    'otlp_http',
    'prometheus',
    'prometheus_remote_write',
    'resource',
    'resource_detection',
    'sigv4auth',
  ])
})

test('the collector takes them under their older ids too, which are those of ADOT before 0.48 and 0.49', async () => {
  const endpoint = '127.0.0.1:0'
  const processors = {
    k8sattributes: {},
    resourcedetection: {},
    metricstransform: { transforms: [{ include: 'a', action: 'update', new_name: 'b' }] },
  }
  const exporters = {
    prometheusremotewrite: { endpoint: `http://${endpoint}` },
    otlp: { endpoint },
    otlphttp: { endpoint: `http://${endpoint}` },
  }
  const pipeline = { receivers: ['otlp'], processors: Object.keys(processors), exporters: Object.keys(exporters) }
  const config = {
    receivers: { otlp: { protocols: { grpc: { endpoint } } } },
    processors,
    exporters,
    service: { pipelines: { metrics: pipeline } },
  }
  const program = await otelcol()
  const { status, stderr } = await run([program, 'validate', `--config=yaml:${JSON.stringify(config)}`])
  expect({ status, errors: stderr.split('\n').filter((line) => line.startsWith('Error')) }).toEqual({
    status: 0,
    errors: [],
  })
})
