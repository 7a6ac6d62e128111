import { expect, onTestFinished, test } from 'vitest'

import { openTransport } from '../../src/otlp/transport.ts'
import { PEM, startGrpcCollector } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { transportOptions } from './transport-options.ts'

// The certificate is for 127.0.0.1 and localhost. Loopback answers at every address of 127/8.
test.each([
  ['127.0.0.1', 'accepted'],
  ['localhost', 'accepted'],
  ['127.0.0.2', expect.stringMatching(/IP: 127\.0\.0\.2 is not in the cert's list/)],
])('a collector at %s with a certificate for 127.0.0.1 and localhost is %s', async (host, want) => {
  const { port } = await startGrpcCollector({ tls: true, host })
  const endpoint = `https://${host}:${port}`
  const options = transportOptions({ endpoint, certificate: PEM.authority })
  const { transport } = await openTransport(options)
  onTestFinished(() => transport.shutdown())
  const reply = await transport.send(oneRequest(), 5_000)
  expect(reply.status === 'success' ? 'accepted' : reply.error?.message).toEqual(want)
})

test('an IPv6 address is checked as an address', async () => {
  const { port } = await startGrpcCollector({ tls: true })
  const endpoint = `https://[::ffff:127.0.0.1]:${port}`
  const options = transportOptions({ endpoint, certificate: PEM.authority })
  const { transport } = await openTransport(options)
  onTestFinished(() => transport.shutdown())
  expect(await transport.send(oneRequest(), 5_000)).toMatchObject({
    status: 'retryable',
    error: { message: expect.stringMatching(/is not in the cert's list/) },
  })
})
