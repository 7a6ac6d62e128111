import { expect, onTestFinished, test } from 'vitest'

import { createExporter } from '../../src/otlp/exporter.ts'
import { PEM, startGrpcCollector } from './collector.ts'
import { exporterOptions } from './exporter-options.ts'
import { oneExport } from './metrics.ts'

// The certificate is for 127.0.0.1 and localhost. Loopback answers at every address of 127/8.
test.each([
  ['127.0.0.1', 'taken'],
  ['localhost', 'taken'],
  ['127.0.0.2', expect.stringMatching(/IP: 127\.0\.0\.2 is not in the cert's list/)],
])('a collector at %s with a certificate for 127.0.0.1 and localhost is %s', async (host, want) => {
  const { port } = await startGrpcCollector({ tls: true, host })
  const endpoint = `https://${host}:${port}`
  const exporter = createExporter(exporterOptions({ endpoint, certificate: PEM.authority, timeout: 5_000 }), false)
  onTestFinished(() => exporter.close())
  const result = await exporter.export(oneExport()).then(
    () => 'taken',
    (error: Error) => error.message,
  )
  expect(result).toEqual(want)
})

test('an IPv6 address is an address too', async () => {
  const { port } = await startGrpcCollector({ tls: true })
  const endpoint = `https://[::ffff:127.0.0.1]:${port}`
  const exporter = createExporter(exporterOptions({ endpoint, certificate: PEM.authority, timeout: 5_000 }), false)
  onTestFinished(() => exporter.close())
  await expect(exporter.export(oneExport())).rejects.toThrow(/is not in the cert's list/)
})
