import { diag, DiagLogLevel } from '@opentelemetry/api'
import { detectResources, type Resource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, onTestFinished, test, vi } from 'vitest'

import { createEc2Detector, ec2Detector, type Ec2DetectorOptions } from '../../src/resource/ec2-detector.ts'
import { createImds } from '../../src/resource/imds.ts'
import { kubernetesDetector } from '../../src/resource/kubernetes-detector.ts'
import { fixture } from './fixture.ts'
import { type ImdsServer, startImdsServer } from './imds-server.ts'
import { recordLog } from './recorded-log.ts'

const OF_DMI = {
  'cloud.provider': 'aws',
  'cloud.platform': 'aws_ec2',
  'host.id': 'i-0af01c0123456789a',
  'host.type': 'm5.large',
}
const OF_IMDS = {
  'cloud.account.id': '123456789012',
  'cloud.region': 'eu-central-1',
  'cloud.availability_zone': 'eu-central-1a',
  'host.image.id': 'ami-0123456789abcdef0',
}

const at = ({ url }: ImdsServer): Record<string, string> => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url.href })

function detect(options: Ec2DetectorOptions): Resource {
  const base = { env: {}, sysfs: fixture('nitro').sysfs, log: recordLog() }
  return detectResources({ detectors: [createEc2Detector({ ...base, ...options })] })
}

test('the attributes of DMI are values, and those of IMDS promises', async () => {
  await using server = await startImdsServer()
  const resource = detect({ env: at(server) })
  const values = resource.getRawAttributes().filter(([, value]) => typeof value === 'string')
  expect(Object.fromEntries(values)).toEqual(OF_DMI)
  expect(resource.asyncAttributesPending).toBe(true)
  await resource.waitForAsyncAttributes?.()
  expect(resource.attributes).toEqual({ ...OF_DMI, ...OF_IMDS })
  expect(server.requests).toHaveLength(2)
})

test('where DMI does not say what the machine is, everything comes from IMDS', async () => {
  await using server = await startImdsServer()
  const resource = detect({ env: at(server), sysfs: fixture('xen').sysfs })
  await resource.waitForAsyncAttributes?.()
  expect(resource.attributes).toEqual({ ...OF_DMI, ...OF_IMDS })
})

test('a failed IMDS is asked again, through the client that the caller shares', async () => {
  await using server = await startImdsServer()
  server.treat = () => (server.requests.length > 1 ? 'answer' : 500)
  const log = recordLog()
  using imds = createImds({ endpoint: server.url, log })
  const resource = detect({ imds })
  await resource.waitForAsyncAttributes?.()
  expect(resource.attributes).toEqual({ ...OF_DMI, ...OF_IMDS })
  expect(await imds.identity()).toMatchObject({ 'host.id': 'i-0af01c0123456789a' })
  expect(log.lines.at(-1)).toMatch(/: recovered$/)
})

test('an IMDS that does not answer holds an export up only until its time is over, without a line', async () => {
  await using server = await startImdsServer()
  server.treat = () => 'hang'
  const log = recordLog()
  const resource = detect({ env: at(server), waitMs: 50, log })
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const provider = new MeterProvider({ resource, readers: [new PeriodicExportingMetricReader({ exporter })] })
  onTestFinished(() => provider.shutdown())
  provider.getMeter('test').createCounter('test').add(1)
  const startMs = performance.now()
  await provider.forceFlush()
  expect(performance.now() - startMs).toBeLessThan(900) // the timeout of a request is 1 s
  expect(exporter.getMetrics().map((exported) => exported.resource.attributes)).toEqual([OF_DMI])
  expect(log.lines).toEqual([])
})

test.each([
  ['that is not on EC2', { sysfs: fixture('qemu').sysfs }, {}],
  ['with IMDS disabled', { env: { AWS_EC2_METADATA_DISABLED: 'true' } }, OF_DMI],
])('on a machine %s nothing is asked', (_what, options, want) => {
  const resource = detect(options)
  expect([resource.asyncAttributesPending, resource.attributes]).toEqual([false, want])
})

test('with EKS Pod Identity the platform is aws_eks; a node name or a cluster name does not prove it', () => {
  const env = { AWS_EC2_METADATA_DISABLED: 'true', K8S_NODE_NAME: 'node-1', K8S_CLUSTER_NAME: 'prod' }
  expect(detect({ env }).attributes['cloud.platform']).toBe('aws_ec2')
  const tokenFile = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token'
  const podIdentity = { ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile }
  expect(detect({ env: podIdentity }).attributes['cloud.platform']).toBe('aws_eks')
  expect(detect({ env: podIdentity, sysfs: fixture('qemu').sysfs }).attributes).toEqual({})
})

test('the ready-made detectors work without options and report through diag', async () => {
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', 'nonsense')
  vi.stubEnv('K8S_NODE_NAME', 'node-1')
  const warn = vi.fn<(message: string) => void>()
  const ignore = (): void => undefined
  diag.setLogger({ error: ignore, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN)
  onTestFinished(() => {
    diag.disable()
    vi.unstubAllEnvs()
  })
  const resource = detectResources({ detectors: [ec2Detector, kubernetesDetector] })
  await resource.waitForAsyncAttributes?.()
  expect(resource.attributes).toMatchObject({ 'k8s.node.name': 'node-1' })
  const message = expect.stringContaining('"nonsense" is not an http:// URL') as string
  expect(warn).toHaveBeenCalledWith('@ena-otel/metrics', message, { value: 'nonsense' })
})
