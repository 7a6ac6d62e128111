// What docs/security.md says of the chart's defaults and the agent's code.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { COMMANDS } from '../../packages/ethtool/src/uapi.ts'
import { FIVE_LINES, type KubernetesObject, objects } from '../chart/chart.ts'
import { helm } from '../tools/helm.ts'

const ROOT = join(import.meta.dirname, '..', '..')

beforeAll(helm)

const pods = (all: readonly KubernetesObject[]): ReadonlyMap<string, KubernetesObject['spec']> =>
  new Map(
    all.flatMap(({ kind, metadata, spec }) =>
      kind === 'DaemonSet' || kind === 'Deployment' ? [[metadata.name, spec.template.spec] as const] : [],
    ),
  )

/** The receivers of the collector's configuration. */
function protocols(all: readonly KubernetesObject[]): readonly { readonly tls?: object; readonly endpoint: string }[] {
  const map = all.find(({ kind, data }) => kind === 'ConfigMap' && data['collector.yaml'] !== undefined)
  return Object.values(parse(map?.['data']['collector.yaml']).receivers.otlp.protocols)
}

describe('by default', () => {
  it('OTLP is open to every pod: without TLS, authentication or a network policy', async () => {
    const all = await objects(FIVE_LINES)
    expect(protocols(all).map(({ endpoint, ...rest }) => [endpoint, 'tls' in rest, 'auth' in rest])).toEqual([
      [':4317', false, false],
      [':4318', false, false],
    ])
    expect(all.map(({ kind }) => kind)).not.toContain('NetworkPolicy')
  })

  it('no pod has a token, a path of the node, a capability or a writable file system, and none runs as root', async () => {
    const found = pods(await objects(FIVE_LINES))
    expect([...found.keys()]).toEqual(['ena-otel-agent', 'ena-otel-collector'])
    for (const [name, pod] of found) {
      expect(pod.automountServiceAccountToken, name).toBe(false)
      expect([pod.hostPID, pod.hostIPC, pod.hostNetwork], name).toEqual([
        undefined,
        undefined,
        name === 'ena-otel-agent' ? true : undefined,
      ])
      expect(JSON.stringify(pod.volumes ?? []), name).not.toContain('hostPath')
      expect(pod.securityContext, name).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      for (const { securityContext } of pod.containers)
        expect(securityContext, name).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
    }
  })
})

it('with tls.mutual, both protocols require a certificate of the agent', async () => {
  const tls = { source: 'secret', secretName: 'collector-tls', mutual: true, clientSecretName: 'agent-tls' }
  const all = await objects({ ...FIVE_LINES, tls })
  for (const { tls } of protocols(all)) expect(tls).toMatchObject({ client_ca_file: '/etc/ena-otel/tls/ca.crt' })
})

it('a sidecar listens on the loopback only', async () => {
  const all = await objects({ ...FIVE_LINES, collector: { mode: 'sidecar' } })
  expect(protocols(all).map(({ endpoint }) => endpoint)).toEqual(['127.0.0.1:4317', '127.0.0.1:4318'])
})

it('only the CoreDNS scraper has a token', async () => {
  const found = pods(await objects({ ...FIVE_LINES, coredns: { scrape: { enabled: true } } }))
  const withToken = [...found].filter(([, pod]) => pod.automountServiceAccountToken !== false)
  expect(withToken.map(([name]) => name)).toEqual(['ena-otel-coredns'])
})

it('the agent uses only ethtool commands that read', () => {
  const names = Object.keys(COMMANDS)
  expect(names.filter((name) => !name.startsWith('ETHTOOL_G'))).toEqual([])
})

it('the agent starts no program, and has no option that turns the check of certificates off', () => {
  const files = globSync('packages/*/src/**/*.ts', { cwd: ROOT })
  expect(files).not.toEqual([])
  const wrong = files.filter((file) => /child_process|rejectUnauthorized/.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(wrong).toEqual([])
})
