// Every tool says the version that is pinned here.
import { beforeAll, expect, test } from 'vitest'
import { run } from '../command.ts'
import { orSkip } from '../not-here.ts'
import { alertmanager } from './alertmanager.ts'
import { helm } from './helm.ts'
import { kube } from './kube.ts'
import { nodeExporter } from './node-exporter.ts'
import { otelcol } from './otelcol.ts'
import { prometheus } from './prometheus.ts'

// The first time, that takes longer than a test may.
beforeAll(kube, 1_800_000)
beforeAll(helm, 1_800_000)
beforeAll(otelcol, 1_800_000)
beforeAll(prometheus, 1_800_000)
beforeAll(alertmanager, 1_800_000)
beforeAll(nodeExporter, 1_800_000)

/** The first line that a program prints. */
async function says(...command: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run(command)
  return (stdout + stderr).split('\n')[0] ?? ''
}

test('Kubernetes, etcd and CoreDNS', async ({ skip }) => {
  const programs = orSkip(await kube(), skip)
  expect({
    apiserver: await says(programs['kube-apiserver'], '--version'),
    controllers: await says(programs['kube-controller-manager'], '--version'),
    scheduler: await says(programs['kube-scheduler'], '--version'),
    kubelet: await says(programs.kubelet, '--version'),
    proxy: await says(programs['kube-proxy'], '--version'),
    kubectl: await says(programs.kubectl, 'version', '--client'),
    etcd: await says(programs.etcd, '--version'),
    coredns: await says(programs.coredns, '-version'),
  }).toEqual({
    apiserver: 'Kubernetes v1.36.3',
    controllers: 'Kubernetes v1.36.3',
    scheduler: 'Kubernetes v1.36.3',
    kubelet: 'Kubernetes v1.36.3',
    proxy: 'Kubernetes v1.36.3',
    kubectl: 'Client Version: v1.36.3',
    etcd: 'etcd Version: 3.6.16',
    coredns: 'CoreDNS-1.15.0',
  })
})

test('CoreDNS has the plugins that EKS configures', async ({ skip }) => {
  const { coredns } = orSkip(await kube(), skip)
  const { stdout } = await run([coredns, '-plugins'])
  const plugins = [...stdout.matchAll(/^(\w+)$/gm)].map(([, name]) => name)
  expect(plugins).toEqual(
    expect.arrayContaining(['cache', 'errors', 'forward', 'health', 'kubernetes', 'prometheus', 'ready']),
  )
})

test('helm, its unit tests and kubeconform', async ({ skip }) => {
  const programs = orSkip(await helm(), skip)
  expect({
    helm: await says(programs.helm, 'version', '--template', '{{ .Version }}'),
    unittest: await says(programs['helm-unittest'], '--help'),
    kubeconform: (await run([programs.kubeconform, '-v'])).status,
  }).toEqual({
    helm: 'v4.2.4',
    unittest: expect.stringMatching(/./),
    kubeconform: 0,
  })
})

test('Prometheus, Alertmanager and node_exporter', async ({ skip }) => {
  const { prometheus: server, promtool } = orSkip(await prometheus(), skip)
  const { alertmanager: manager, amtool } = orSkip(await alertmanager(), skip)
  const exporter = orSkip(await nodeExporter(), skip)
  expect(
    await Promise.all([server, promtool, manager, amtool, exporter].map((tool) => says(tool, '--version'))),
  ).toEqual(
    [
      'prometheus, version 3.12.0',
      'promtool, version 3.12.0',
      'alertmanager, version 0.31.1',
      'amtool, version 0.31.1',
      'node_exporter, version 1.12.1',
    ].map((start) => expect.stringMatching(`^${start} `)),
  )
})

test('the collector has the components of ADOT that the tests use', async ({ skip }) => {
  const { stdout } = await run([orSkip(await otelcol(), skip), 'components'])
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

test('the collector takes them under their older ids too, which are those of ADOT before 0.48 and 0.49', async ({
  skip,
}) => {
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
  const program = orSkip(await otelcol(), skip)
  const { status, stderr } = await run([program, 'validate', `--config=yaml:${JSON.stringify(config)}`])
  expect({ status, errors: stderr.split('\n').filter((line) => line.startsWith('Error')) }).toEqual({
    status: 0,
    errors: [],
  })
})
