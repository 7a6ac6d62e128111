import { beforeEach, describe, expect, test, vi } from 'vitest'

import { addressesOf, doubtAddress, rememberAddress } from '../../src/otlp/addresses.ts'
import { PEM, PROTOCOLS } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { open, push } from './open-transport.ts'

const notFound = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
const lookup = vi.fn<(host: string) => Promise<readonly string[]>>()

beforeEach(() => void lookup.mockReset())

describe('the address of a host', () => {
  test('is looked up once, and again when it is in doubt', async () => {
    lookup.mockResolvedValueOnce(['10.0.0.1']).mockResolvedValueOnce(['10.0.0.2'])
    for (let i = 0; i < 2; i++) expect(await addressesOf('one.test', lookup)).toEqual(['10.0.0.1'])
    doubtAddress('one.test')
    expect(await addressesOf('one.test', lookup)).toEqual(['10.0.0.2'])
    expect(lookup.mock.calls).toEqual([['one.test'], ['one.test']])
  })

  test('is not looked up where it is known', async () => {
    rememberAddress('two.test', '10.0.0.3')
    expect(await addressesOf('two.test', lookup)).toEqual(['10.0.0.3'])
    expect(await addressesOf('fd00::7', lookup)).toEqual(['fd00::7'])
    expect(lookup).not.toHaveBeenCalled()
  })

  test('stays the same while DNS does not know it, or does not answer', async () => {
    rememberAddress('three.test', '10.0.0.4')
    doubtAddress('three.test')
    lookup.mockRejectedValueOnce(notFound).mockReturnValueOnce(new Promise(() => undefined))
    for (let i = 0; i < 2; i++) expect(await addressesOf('three.test', lookup)).toEqual(['10.0.0.4'])
    expect(lookup).toHaveBeenCalledTimes(2) // it is still in doubt
  })

  test('is an error while nothing is known', async () => {
    lookup.mockRejectedValueOnce(notFound)
    await expect(addressesOf('four.test', lookup)).rejects.toBe(notFound)
  })
})

describe.each(PROTOCOLS)('over %s', (protocol, start) => {
  test('a collector is reached at its configured address, without DNS', async () => {
    const collector = await start()
    const endpoint = `http://${protocol.slice(0, 4)}.collector.invalid:${collector.port}`
    await push({ protocol, endpoint, collectorAddress: '127.0.0.1' })
    expect(collector.received).toHaveLength(1)
    const { host, ':authority': authority } = collector.received[0]!.headers
    expect(host ?? authority ?? endpoint).toContain('collector.invalid')
  })

  test('its certificate is checked against its name', async () => {
    const { port } = await start({ tls: true })
    const endpoint = `https://localhost:${port}`
    const response = await push({ protocol, endpoint, collectorAddress: '127.0.0.1', certificate: PEM.authority })
    expect(response.status).toBe('success')
  })

  test('a collector that does not answer at its known address is looked up again', async () => {
    const { port } = await start()
    const transport = await open({ protocol, endpoint: `http://localhost:${port}`, collectorAddress: '127.0.0.77' })
    expect((await transport.send(oneRequest(), 5_000)).status).toBe('retryable')
    expect((await transport.send(oneRequest(), 5_000)).status).toBe('success')
  })
})
