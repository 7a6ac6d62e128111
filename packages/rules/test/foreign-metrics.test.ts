// What alerts/dns.ts assumes of CoreDNS, tried on a real one whose resolver loses packets, as an ENI over its limit does.
import { beforeAll, describe, expect, it } from 'vitest'

import { lossyCoredns } from '../../../test/harness/coredns.ts'
import { COREDNS_METRICS } from '../src/foreign-metrics.ts'

/** The lines of /metrics. */
let metrics: readonly string[]

beforeAll(async () => {
  metrics = await afterSevenQueries()
})

describe('CoreDNS, when three queries are answered, one from the cache, one at the second try and two never', () => {
  it('has every metric that the rules and dashboards use', () => {
    const names = new Set(metrics.map((line) => line.replace(/[{ ].*/, '')))
    expect(COREDNS_METRICS.filter((name) => !names.has(name))).toEqual([])
  })

  it('counts in its own latency that three took longer than a second', () => {
    const lines = metrics
    const total = sum(lines, /^coredns_dns_request_duration_seconds_count\{/)
    expect(total - sum(lines, /^coredns_dns_request_duration_seconds_bucket\{.*le="1\.024"/)).toBe(3)
    expect(total).toBe(7)
  })

  it('counts two as SERVFAIL', () => {
    const lines = metrics
    expect(sum(lines, /^coredns_dns_responses_total\{.*rcode="SERVFAIL"/)).toBe(2)
  })

  it('has only the four answers in the latency of its resolver, none of them slow', () => {
    const lines = metrics
    const forward = String.raw`\{.*proxy_name="forward"`
    expect(sum(lines, new RegExp(`^coredns_proxy_request_duration_seconds_count${forward}`))).toBe(4)
    expect(sum(lines, new RegExp(`^coredns_proxy_request_duration_seconds_bucket${forward}.*le="1\\.024"`))).toBe(4)
  })

  it('counts failed health checks', () => {
    const lines = metrics
    expect(sum(lines, /^coredns_proxy_healthcheck_failures_total\{.*proxy_name="forward"/)).toBeGreaterThan(0)
  })
})

async function afterSevenQueries(): Promise<readonly string[]> {
  const started = await lossyCoredns()
  await using dns = started
  const { resolve, metricsPort } = dns
  for (const name of ['a', 'b', 'c']) expect(await resolve(name)).toEqual(['192.0.2.1'])
  expect(await resolve('a')).toEqual(['192.0.2.1']) // from the cache
  expect(await resolve('lost-once')).toEqual(['192.0.2.1'])
  const lost = ['lost', 'lost-too'].map((name) => expect(resolve(name)).rejects.toMatchObject({ code: 'ESERVFAIL' }))
  await Promise.all(lost)
  return (await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()).split('\n')
}

/** Of the values of the lines that match. */
function sum(lines: readonly string[], pattern: RegExp): number {
  return lines.filter((line) => pattern.test(line)).reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)
}
