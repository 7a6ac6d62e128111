import { expect, onTestFinished, test } from 'vitest'

import { openTransport } from '../../src/otlp/transport.ts'
import { PEM, startGrpcCollector } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { transportOptions } from './transport-options.ts'

// The certificate is for 127.0.0.1 and localhost. Loopback answers at every address of 127/8.
test.each([
  ['127.0.0.1', 'taken'],
  ['localhost', 'taken'],
  ['127.0.0.2', expect.stringMatching(/IP: 127\.0\.0\.2 is not in the cert's list/)],
])('a collector at %s with a certificate for 127.0.0.1 and localhost is %s', async (host, want) => {
  const { port } = await startGrpcCollector({ tls: true, host })
  const endpoint = `https://${host}:${port}`
  const options = transportOptions({ endpoint, certificate: PEM.authority, timeout: 5_000 })
  const transport = await openTransport(options, false)
  onTestFinished(() => transport.close())
  const reply = await transport.send(oneRequest())
  expect(reply.outcome === 'taken' ? 'taken' : reply.reason).toEqual(want)
})

test('an IPv6 address is an address too', async () => {
  const { port } = await startGrpcCollector({ tls: true })
  const endpoint = `https://[::ffff:127.0.0.1]:${port}`
  const options = transportOptions({ endpoint, certificate: PEM.authority, timeout: 5_000 })
  const transport = await openTransport(options, false)
  onTestFinished(() => transport.close())
  expect(await transport.send(oneRequest())).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/is not in the cert's list/),
  })
})
