// The collector's configuration in every mode, in the real collector: from the agent, with the environment that the chart gives it, to the
// stand-in for the workspace.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { enaOtel, QUIET, REPOSITORY } from '../harness/agent.ts'
import { type Amp, amp } from '../amp/amp.ts'
import { type KeyPair, newAuthority } from '../harness/certificates.ts'
import { run } from '../harness/command.ts'
import { collector } from '../harness/otelcol.ts'
import { secretVolume } from '../harness/secret-volume.ts'
import { helm } from '../tools/helm.ts'
import { otelcol } from '../tools/otelcol.ts'
import { prometheus } from '../tools/prometheus.ts'
import { FIVE_LINES, type KubernetesObject, objectOf, objects, type Values } from './chart.ts'
import { corednsScraper } from './coredns-scraper.ts'
import { EXAMPLES, exampleValues } from './examples.ts'
import { helmTest } from './helm-test.ts'
import {
  ampOf,
  collectorPorts,
  type RenderedCollector,
  renderedCollector,
  startCollector,
} from './rendered-collector.ts'

const folder = mkdtempSync(join(tmpdir(), 'ena-otel-chart-'))
beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(otelcol)
beforeAll(prometheus)
afterAll(() => rmSync(folder, { recursive: true }))

const crossAccount = 'pod-identity-cross-account'

/** So that the collector finds some, which is all that it does at its start. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AMP_WORKSPACE_ID: 'ws-new' }

describe('the collector', () => {
  test.for(EXAMPLES.filter((name) => name !== 'external' && name !== crossAccount))(
    'takes the configuration of %s',
    async (name) => {
      const rendered = await renderedCollector(exampleValues(name))
      expect(await validation(rendered)).toEqual({ status: 0, complaint: '' })
    },
  )

  test('assumes the role of another account, for which it asks STS at its start', async () => {
    const rendered = await renderedCollector(exampleValues(crossAccount))
    expect(rendered.config).toMatchObject({
      extensions: {
        sigv4auth: {
          assume_role: {
            arn: 'arn:aws:iam::444455556666:role/ena-otel-writer',
            sts_region: 'eu-west-1',
            external_id: 'blue',
          },
        },
      },
    })
    expect(await validation(rendered)).toEqual({ status: 1, complaint: expect.stringMatching(/STS: AssumeRole/) })
  })

  test.for([
    ['the role of IRSA', {}, 'AssumeRoleWithWebIdentity'],
    ['the role of another account', { assumeRoleArn: 'arn:aws:iam::444455556666:role/writer' }, 'AssumeRole'],
  ] as const)("asks the cluster's STS for %s, with the workspace in another region", async ([, role, operation]) => {
    const values = { ...FIVE_LINES, amp: { ...FIVE_LINES.amp, ...role, stsRegion: 'us-east-1' } }
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, 'token')
    // What EKS sets for IRSA, and a proxy that nobody answers at, so that no name is looked up.
    const env = {
      ...(operation === 'AssumeRole' ? CREDENTIALS : { AWS_ROLE_ARN: FIVE_LINES.amp.roleArn }),
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_REGION: 'us-east-1',
      HTTPS_PROXY: 'http://127.0.0.1:9',
    }
    expect(await validation(await renderedCollector(values), env)).toEqual({
      status: 1,
      complaint: expect.stringMatching(`STS: ${operation},.* "https://sts.us-east-1.amazonaws.com/"`),
    })
  })

  test('takes the configuration of the CoreDNS scraper', async () => {
    const rendered = await renderedCollector(exampleValues('hardened'), 'coredns')
    expect(await validation(rendered)).toEqual({ status: 0, complaint: '' })
  })

  test('takes the configuration of a CoreDNS scraper that writes to CloudWatch too', async () => {
    const values = { ...FIVE_LINES, cloudwatch: { enabled: true }, collector: { mode: 'sidecar' } }
    const rendered = await renderedCollector({ ...values, coredns: { scrape: { enabled: true } } }, 'coredns')
    expect(rendered.config).toMatchObject({
      service: { pipelines: { 'metrics/cloudwatch': { receivers: ['prometheus'] } } },
    })
    expect(await validation(rendered)).toEqual({ status: 0, complaint: '' })
  })

  test('changes without the CoreDNS scraper, and the scraper without the collector', async () => {
    // A second destination for what the agents send, and another time limit for the scraper.
    const second = 'otlp/second'
    const changed = {
      exporters: { [second]: { endpoint: 'elsewhere:4317', tls: { insecure: true } } },
      service: { pipelines: { metrics: { receivers: ['otlp'], exporters: ['prometheusremotewrite', second] } } },
    }
    const config = { receivers: { prometheus: { config: { global: { scrape_timeout: '5s' } } } } }
    const values = { ...FIVE_LINES, collector: { config: changed }, coredns: { scrape: { enabled: true, config } } }
    const [own, scraper] = [await renderedCollector(values), await renderedCollector(values, 'coredns')]
    for (const rendered of [own, scraper]) expect(await validation(rendered)).toEqual({ status: 0, complaint: '' })
    expect(own.config).toMatchObject(changed)
    expect(own.config).not.toHaveProperty('receivers.prometheus')
    expect(scraper.config).toMatchObject(config)
    expect(scraper.config).not.toHaveProperty(['exporters', second])
  })

  test('takes a change over the configuration, and refuses what it does not know', async () => {
    const changed = (exporter: object): Values => ({
      ...FIVE_LINES,
      collector: { config: { exporters: { prometheusremotewrite: exporter } } },
    })
    const headers = await renderedCollector(changed({ headers: { 'x-scope': 'blue' } }))
    expect(headers.config).toMatchObject({
      exporters: { prometheusremotewrite: { headers: { 'x-scope': 'blue' }, timeout: '5m' } },
    })
    expect(await validation(headers)).toEqual({ status: 0, complaint: '' })
    const unknown = await renderedCollector(changed({ timeoutt: '1s' }))
    expect(await validation(unknown)).toEqual({ status: 1, complaint: expect.stringContaining('timeoutt') })
  })
})

/** Of `otelcol validate`. */
async function validation(
  { config, flags }: RenderedCollector,
  env: Readonly<Record<string, string>> = CREDENTIALS,
): Promise<object> {
  const program = await otelcol()
  const file = join(folder, 'collector.json')
  const { certificate, key } = newAuthority('test').server({ commonName: 'collector' }, ['localhost'])
  for (const [name, text] of Object.entries({ 'tls.crt': certificate, 'tls.key': key, 'ca.crt': certificate }))
    writeFileSync(join(folder, name), text)
  writeFileSync(file, JSON.stringify(config).replaceAll('/etc/ena-otel/tls', folder))
  const { status, stderr } = await run([program, 'validate', `--config=${file}`, ...flags], {
    env: { ...QUIET, ...env },
  })
  return { status, complaint: stderr.trim() }
}

/** The collector expands $ in its configuration, but not in these. */
const LABELS = { team: 'net $HOME ${env:HOME}', stage: '2024' }

/** The modes with a collector of the chart, each with what else may change the way. */
const WAYS: Readonly<Record<string, { readonly collector?: object; readonly agent?: object; readonly tls?: object }>> =
  {
    deployment: {},
    'deployment, http/protobuf': { agent: { protocol: 'http/protobuf' } },
    'deployment, mutual TLS': { tls: { source: 'secret', secretName: 'x', mutual: true, clientSecretName: 'y' } },
    'deployment, write-ahead log': { collector: { wal: { enabled: true } } },
    'deployment, external labels': { collector: { externalLabels: LABELS } },
    sidecar: { collector: { mode: 'sidecar' } },
    operator: { collector: { mode: 'operator' } },
  }

describe('from the agent to the workspace', () => {
  test.for(Object.keys(WAYS))('numbers arrive: %s', { timeout: 60_000 }, async (name) => {
    await using workspace = await amp()
    const ports = await collectorPorts()
    const way = WAYS[name]!
    const values = {
      clusterName: 'blue',
      amp: { remoteWriteUrl: workspace.remoteWriteUrl, region: workspace.scope.region, otherCredentials: true },
      ...way,
      collector: { ...way.collector, ports, batch: { timeout: '200ms' } },
      agent: { ...way.agent, exportInterval: '1s' },
    }
    const { server, client, ca } = certificates()
    using secret = secretVolume({ 'tls.crt': server.certificate, 'tls.key': server.key, 'ca.crt': ca })
    await using gateway = await startCollector(await renderedCollector(values), workspace.env, {
      '/etc/ena-otel/tls': secret.path,
    })
    await using agent = startAgent(await objects(values), { ca, ...client })
    const series = await arrived(workspace).catch((error: Error) => {
      throw new Error(`${error.message}\n${agent.log()}\n${gateway.log()}`)
    })
    expect(series.labels).toMatchObject({ job: 'ena-otel', k8s_cluster_name: 'blue', k8s_node_name: 'node-1' })
    if (name === 'deployment, external labels') expect(series.labels).toMatchObject(LABELS)
    expect(workspace.answers().every(({ status }) => status === 200)).toBe(true)

    const health = await fetch(`http://127.0.0.1:${ports.health}/`)
    expect(health.status).toBe(200)
    const told = await helmTest(await objects(values), {
      METRICS_URL: `http://127.0.0.1:${ports.metrics}/metrics`,
    })
    expect(told).toMatchObject({ status: 0, stdout: expect.stringMatching(/the collector got [1-9]\d* points/) })
  })
})

const SCRAPED = `# TYPE coredns_dns_responses_total counter
coredns_dns_responses_total{plugin="forward",rcode="SERVFAIL",server="dns://:53",view="",zone="."} 7
`

describe('from CoreDNS to the workspace', () => {
  test.for([
    ['in plain text', {}],
    ['with mutual TLS', { source: 'secret', secretName: 'x', mutual: true, clientSecretName: 'y' }],
  ] as const)('numbers arrive through the collector: %s', { timeout: 60_000 }, async ([, tls]) => {
    await using workspace = await amp()
    const ports = await collectorPorts()
    const authority = newAuthority('ena-otel test')
    const files = ({ certificate, key }: KeyPair): Record<'tls.crt' | 'tls.key' | 'ca.crt', string> => ({
      'tls.crt': certificate,
      'tls.key': key,
      'ca.crt': authority.certificate,
    })
    using server = secretVolume(files(authority.server({ commonName: 'collector' }, ['127.0.0.1'])))
    using client = secretVolume(files(authority.client({ commonName: 'agent' })))
    const mounts = {
      '/etc/ena-otel/tls': server.path,
      '/etc/ena-otel/ca': server.path,
      '/etc/ena-otel/client': client.path,
    }
    const values = { clusterName: 'blue', amp: ampOf(workspace), collector: { ports }, tls }
    await using gateway = await startCollector(await renderedCollector(values), workspace.env, mounts)
    await using dns = await metricsServer(SCRAPED)
    const pod = { metricsPort: dns.port, nodeName: 'node-1', clusterName: 'blue' }
    await using scraper = await corednsScraper(`http://127.0.0.1:${ports.grpc}`, pod, { tls }, mounts)
    const found = await workspace
      .waitFor('coredns_dns_responses_total', (series) => series.length > 0, 20_000)
      .catch((error: Error) => {
        throw new Error(`${error.message}\n${scraper.log()}\n${gateway.log()}`)
      })
    expect(found).toMatchObject([
      { value: 7, labels: { job: 'coredns', k8s_cluster_name: 'blue', k8s_node_name: 'node-1', rcode: 'SERVFAIL' } },
    ])
  })
})

async function metricsServer(text: string): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((_, reply) => reply.setHeader('content-type', 'text/plain; version=0.0.4').end(text))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

async function arrived(workspace: Amp): Promise<{ readonly labels: Readonly<Record<string, string>> }> {
  const found = await workspace.waitFor('system_network_io_bytes_total', (series) => series.length > 0, 20_000)
  return found[0]!
}

/** Of the Service's name, which no DNS here knows. */
function certificates(): { server: KeyPair; client: KeyPair; ca: string } {
  const authority = newAuthority('ena-otel test')
  return {
    server: authority.server({ commonName: 'collector' }, ['ena-otel-collector.ena-otel.svc']),
    client: authority.client({ commonName: 'agent' }),
    ca: authority.certificate,
  }
}

/** The agent with the environment of the DaemonSet; in place of the kubelet, this fills in what only a pod has. */
function startAgent(
  all: readonly KubernetesObject[],
  { ca, certificate, key }: KeyPair & { readonly ca: string },
): AsyncDisposable & { readonly log: () => string } {
  const { env } = objectOf(all, 'DaemonSet')['spec'].template.spec.containers[0]
  const files = { 'ca/ca.crt': ca, 'client/tls.crt': certificate, 'client/tls.key': key }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name.replace('/', '-')), text)
  const service = /^\$\(ENA_OTEL_COLLECTOR_SERVICE_HOST\)$/
  const given = Object.fromEntries(
    env.map(({ name, value }: { name: string; value?: string }) => [
      name,
      name === 'K8S_NODE_NAME'
        ? 'node-1'
        : value?.replace(service, '127.0.0.1').replace(/^\/etc\/ena-otel\/(\w+)\//, `${folder}/$1-`),
    ]),
  )
  // The operator makes its Service later than the agents start, so there the name has to be resolved.
  if (all.some(({ kind }) => kind === 'OpenTelemetryCollector')) given['ENA_OTEL_COLLECTOR_ADDRESS'] = '127.0.0.1'
  const [program, ...args] = enaOtel('run')
  const child = spawn(program!, args, {
    cwd: REPOSITORY,
    env: { ...QUIET, ...given, ENA_OTEL_HEALTH_PORT: 'off' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  return {
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

describe('helm test', () => {
  test('says that nothing has come, when nothing has', async () => {
    const ports = await collectorPorts()
    const values = { ...FIVE_LINES, collector: { ports } }
    await using _ = await startCollector(await renderedCollector(values), CREDENTIALS)
    const all = await objects(values)
    const told = await helmTest(all, { METRICS_URL: `http://127.0.0.1:${ports.metrics}/metrics` }, [/60_000/, '1000'])
    expect(told).toMatchObject({ status: 1, stderr: expect.stringContaining('nothing has come to the collector') })
  })

  test('says that the collector can not be reached', async () => {
    const { metrics } = await collectorPorts()
    const told = await helmTest(await objects(FIVE_LINES), { METRICS_URL: `http://127.0.0.1:${metrics}/metrics` }, [
      /60_000/,
      '1',
    ])
    expect(told).toMatchObject({ status: 1, stderr: expect.stringContaining('ECONNREFUSED') })
  })

  test.for(['grpc', 'http/protobuf'] as const)(
    'asks an external collector whether it takes an export over %s',
    async (protocol) => {
      await using target = await collector()
      const address = protocol === 'grpc' ? target.grpcEndpoint : target.httpEndpoint
      const all = await objects(external(`http://${address}`, protocol))
      expect(await helmTest(all)).toMatchObject({
        status: 0,
        stdout: `http://${address}: the collector takes our exports\n`,
      })
      expect(target.received()).toEqual([])
    },
  )

  test('says why an external collector does not take it', async () => {
    const { grpc, http } = await collectorPorts()
    const refused = await objects(external(`http://127.0.0.1:${grpc}`, 'grpc'))
    expect(await helmTest(refused)).toMatchObject({ status: 1, stderr: expect.stringContaining('ECONNREFUSED') })
    const noName = await objects(external(`http://nowhere.invalid:${http}`, 'http/protobuf'))
    expect(await helmTest(noName)).toMatchObject({ status: 1, stderr: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) })
  })
})

function external(endpoint: string, protocol: string): Values {
  return { clusterName: 'blue', agent: { protocol }, collector: { mode: 'external', external: { endpoint } } }
}
