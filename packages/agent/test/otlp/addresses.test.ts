import { describe, expect, onTestFinished, test } from 'vitest'

import { addressesOf, doubtAddress, rememberAddress } from '../../src/otlp/addresses.ts'
import { openTransport } from '../../src/otlp/transport.ts'
import { PEM, startGrpcCollector, startHttpCollector } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { transportOptions } from './transport-options.ts'

const NEVER = new Error('does not answer')

/** A DNS that answers in turn, and remembers what it was asked. */
function dns(...answers: readonly (string | Error)[]): {
  asked: string[]
  lookup: (host: string) => Promise<readonly string[]>
} {
  const asked: string[] = []
  return {
    asked,
    lookup: (host) => {
      const answer = answers[asked.push(host) - 1]
      if (answer === undefined) throw new Error('asked once more')
      if (answer === NEVER) return new Promise(() => undefined)
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve([answer])
    },
  }
}

const notFound = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })

describe('the address of a host', () => {
  test('is asked of DNS once, and again when it is in doubt', async () => {
    const { lookup, asked } = dns('10.0.0.1', '10.0.0.2')
    expect([await addressesOf('one.test', lookup), await addressesOf('one.test', lookup)]).toEqual([
      ['10.0.0.1'],
      ['10.0.0.1'],
    ])
    doubtAddress('one.test')
    expect(await addressesOf('one.test', lookup)).toEqual(['10.0.0.2'])
    expect(asked).toEqual(['one.test', 'one.test'])
  })

  test('is not asked for at all where it was given', async () => {
    rememberAddress('two.test', '10.0.0.3')
    expect(await addressesOf('two.test', dns().lookup)).toEqual(['10.0.0.3'])
    expect(await addressesOf('fd00::7', dns().lookup)).toEqual(['fd00::7'])
  })

  test('stays what it was while DNS does not know it, or does not answer', async () => {
    rememberAddress('three.test', '10.0.0.4')
    doubtAddress('three.test')
    const { lookup, asked } = dns(notFound, NEVER)
    expect(await addressesOf('three.test', lookup)).toEqual(['10.0.0.4'])
    expect(await addressesOf('three.test', lookup)).toEqual(['10.0.0.4'])
    expect(asked).toHaveLength(2) // it is still in doubt
  })

  test('is an error while nothing is known', async () => {
    await expect(addressesOf('four.test', dns(notFound).lookup)).rejects.toBe(notFound)
  })
})

describe.each([
  ['grpc', startGrpcCollector],
  ['http/protobuf', startHttpCollector],
] as const)('over %s', (protocol, start) => {
  test('a collector whose address is given is reached though its name means nothing', async () => {
    const collector = await start()
    const endpoint = `http://${protocol.slice(0, 4)}.collector.invalid:${collector.port}`
    const options = transportOptions({ protocol, endpoint, collectorAddress: '127.0.0.1' })
    const transport = await openTransport(options, false)
    onTestFinished(() => transport.close())
    await transport.send(oneRequest())
    expect(collector.received).toHaveLength(1)
    const { host, ':authority': authority } = collector.received[0]!.headers
    expect(host ?? authority ?? endpoint).toContain('collector.invalid')
  })

  test('its certificate is checked against its name', async () => {
    const collector = await start({ tls: true })
    const endpoint = `https://localhost:${collector.port}`
    const transport = await openTransport(
      transportOptions({ protocol, endpoint, collectorAddress: '127.0.0.1', certificate: PEM.authority }),
      false,
    )
    onTestFinished(() => transport.close())
    await transport.send(oneRequest())
    expect(collector.received).toHaveLength(1)
  })

  test('a collector that is not there any more is looked up, and found where it is now', async () => {
    const collector = await start()
    const endpoint = `http://localhost:${collector.port}`
    const stale = transportOptions({ protocol, endpoint, collectorAddress: '127.0.0.77', timeout: 2_000 })
    const transport = await openTransport(stale, false)
    onTestFinished(() => transport.close())
    expect((await transport.send(oneRequest())).outcome).toBe('failed')
    await transport.send(oneRequest())
    expect(collector.received).toHaveLength(1)
  })
})
