// Values of the pods of the agent and of the collector: containers, security contexts, probes, DNS.
import { beforeAll, describe, expect, test } from 'vitest'

import { helm } from '../tools/helm.ts'
import { complaint, FIVE_LINES, type KubernetesObject, objectOf, objects, type Values } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may

const own = {
  podSecurityContext: {
    runAsUser: 1000,
    seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' },
    supplementalGroups: [7],
  },
  securityContext: { readOnlyRootFilesystem: null, capabilities: { drop: ['NET_RAW'] } },
  startupProbe: { failureThreshold: 60 },
  livenessProbe: { initialDelaySeconds: 5, timeoutSeconds: 3 },
  readinessProbe: { periodSeconds: 7 },
  dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
  extraContainers: [{ name: 'more', image: 'registry.example/more:1' }],
  initContainers: [{ name: 'before', image: 'registry.example/before:1', restartPolicy: 'Always' }],
}
const context = {
  runAsNonRoot: true,
  runAsUser: 1000,
  seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' },
  supplementalGroups: [7],
}
const container = { allowPrivilegeEscalation: false, capabilities: { drop: ['NET_RAW'] } }

function values(component: 'agent' | 'collector', mode: string, given: object): Values {
  const collector = { mode, ...(component === 'collector' && given) }
  return { ...FIVE_LINES, collector, ...(component === 'agent' && { agent: given }) }
}

function podOf(all: readonly KubernetesObject[], kind: string): KubernetesObject {
  return objectOf(all, kind)['spec'].template.spec
}

describe('the agent', () => {
  test.for(['deployment', 'sidecar', 'operator'])('mode %s: takes all of them', async (mode) => {
    const pod = podOf(await objects(values('agent', mode, own)), 'DaemonSet')
    const agent = pod['containers'][0]
    expect(pod['securityContext']).toEqual({ ...context, runAsGroup: 65_534 })
    expect(agent.securityContext).toEqual(container)
    const httpGet = { host: '127.0.0.1', path: '/livez', port: 8413 }
    expect(agent.startupProbe).toEqual({ httpGet, periodSeconds: 2, failureThreshold: 60 })
    expect(agent.livenessProbe).toEqual({
      httpGet,
      periodSeconds: 30,
      failureThreshold: 2,
      initialDelaySeconds: 5,
      timeoutSeconds: 3,
    })
    expect(agent.readinessProbe).toEqual({ httpGet: { ...httpGet, path: '/readyz' }, periodSeconds: 7 })
    expect(pod['dnsConfig']).toEqual(own.dnsConfig)
    expect(pod['initContainers']).toEqual(own.initContainers)
    expect(pod['containers'].at(-1)).toEqual(own.extraContainers[0])
  })

  test('its security contexts are also those of the pod of helm test', async () => {
    const { spec } = objectOf(await objects(values('agent', 'deployment', own)), 'Pod')
    expect(spec.securityContext).toEqual({ ...context, runAsGroup: 65_534 })
    expect(spec.containers[0].securityContext).toEqual(container)
  })
})

describe('the collector', () => {
  test('mode deployment: takes all of them', async () => {
    const pod = podOf(await objects(values('collector', 'deployment', own)), 'Deployment')
    const [collector, more] = pod['containers']
    expect(pod['securityContext']).toEqual({ ...context, runAsGroup: 4317, fsGroup: 4317 })
    expect(collector.securityContext).toEqual(container)
    const httpGet = { path: '/', port: 13_133 }
    expect(collector.startupProbe).toEqual({ httpGet, periodSeconds: 2, failureThreshold: 60 })
    expect(collector.livenessProbe).toEqual({ httpGet, periodSeconds: 10, initialDelaySeconds: 5, timeoutSeconds: 3 })
    expect(collector.readinessProbe).toEqual({ httpGet, periodSeconds: 7 })
    expect(pod['dnsConfig']).toEqual(own.dnsConfig)
    expect(pod['initContainers']).toEqual(own.initContainers)
    expect(more).toEqual(own.extraContainers[0])
  })

  test('mode operator: the OpenTelemetryCollector has all of them', async () => {
    const { spec } = objectOf(await objects(values('collector', 'operator', own)), 'OpenTelemetryCollector')
    expect(spec).toMatchObject({
      podSecurityContext: { ...context, runAsGroup: 4317, fsGroup: 4317 },
      securityContext: container,
      startupProbe: { periodSeconds: 2, failureThreshold: 60 },
      livenessProbe: { periodSeconds: 10, initialDelaySeconds: 5, timeoutSeconds: 3 },
      readinessProbe: { periodSeconds: 7 },
      podDnsConfig: own.dnsConfig,
      initContainers: own.initContainers,
      additionalContainers: own.extraContainers,
    })
  })

  test('mode sidecar: its container has its own user, security context and probes on the loopback', async () => {
    const pod = podOf(await objects(values('collector', 'sidecar', own)), 'DaemonSet')
    const [, collector] = pod['containers']
    expect(collector.securityContext).toEqual({ ...container, runAsUser: 4317, runAsGroup: 4317 })
    expect(collector.readinessProbe).toEqual({
      httpGet: { host: '127.0.0.1', path: '/', port: 13_133 },
      periodSeconds: 7,
    })
    expect(pod['securityContext']).toMatchObject({ runAsUser: 65_534 })
  })
})

describe('a native sidecar', () => {
  const native = { mode: 'sidecar', nativeSidecar: true }
  const ordinary = { ...FIVE_LINES, collector: { mode: 'sidecar' } }

  test('the collector starts before the agent, after the init containers of the values, and ends after it', async () => {
    const values = { ...FIVE_LINES, collector: native, agent: { initContainers: own.initContainers } }
    const pod = podOf(await objects(values), 'DaemonSet')
    const names = (containers: readonly { readonly name: string }[]): readonly string[] =>
      containers.map(({ name }) => name)
    expect(names(pod['initContainers'])).toEqual(['before', 'collector'])
    expect(names(pod['containers'])).toEqual(['agent'])
    const [, collector] = pod['initContainers']
    expect(collector).toMatchObject({ restartPolicy: 'Always', startupProbe: { httpGet: { host: '127.0.0.1' } } })
    expect(collector).not.toHaveProperty('lifecycle') // the kubelet orders the ends
    const [agent, plain] = podOf(await objects(ordinary), 'DaemonSet')['containers']
    expect(names([agent, plain])).toEqual(['agent', 'collector'])
    const { restartPolicy: _, ...same } = collector
    const { lifecycle: _sleep, ...before } = plain
    expect(same).toEqual(before)
  })

  test.for(['deployment', 'operator'])('mode %s has none', async (mode) => {
    expect(await complaint({ ...FIVE_LINES, collector: { mode, nativeSidecar: true } })).toBe(
      `collector.nativeSidecar is true, but collector.mode is ${mode}: set collector.mode to sidecar, or collector.nativeSidecar to false`,
    )
  })
})

test('null removes a probe and the security context of a container', async () => {
  const without = { startupProbe: null, livenessProbe: null, readinessProbe: null, securityContext: null }
  const all = await objects({ ...FIVE_LINES, agent: without, collector: without })
  for (const kind of ['DaemonSet', 'Deployment']) {
    const [first] = podOf(all, kind)['containers']
    expect(Object.keys(first).filter((key) => /Probe$|Context$/.test(key))).toEqual([])
  }
})

test.for([
  [
    'a name of the chart’s own containers',
    { agent: { extraContainers: [{ name: 'agent', image: 'a' }] } },
    /^agent\.extraContainers has a container called agent, as one of the chart's: give it another name$/,
  ],
  [
    'a handler of a probe',
    { agent: { livenessProbe: { exec: { command: ['a'] } } } },
    /at '\/agent\/livenessProbe': additional properties 'exec' not allowed/,
  ],
] as const)('%s is refused', async ([, given, sentence]) => {
  expect(await complaint({ ...FIVE_LINES, ...given })).toMatch(sentence)
})
