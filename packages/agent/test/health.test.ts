import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { setImmediate } from 'node:timers/promises'

import { expect, onTestFinished, test } from 'vitest'

import { type HealthChecks, serveHealth } from '../src/health.ts'

/** A server on a free port: its answers as `status content-type body`. */
async function serve(checks: HealthChecks): Promise<{ port: number; get: (path: string) => Promise<string> }> {
  const health = await serveHealth(0, checks)
  onTestFinished(() => health.close())
  return {
    port: health.port,
    get: async (path) => {
      const response = await fetch(`http://127.0.0.1:${health.port}${path}`)
      return `${response.status} ${response.headers.get('content-type')} ${await response.text()}`
    },
  }
}

const PLAIN = 'text/plain; charset=utf-8'
const healthy = (): undefined => undefined

test('a check without a problem answers 200, with one 503 and the reason; any other path answers 404', async () => {
  let problem: string | undefined = 'nothing has been read yet'
  const { get } = await serve({ livez: healthy, readyz: () => problem })
  expect(await Promise.all(['/livez', '/readyz', '/', '/metrics', '/livez/x', '/constructor'].map(get))).toEqual([
    `200 ${PLAIN} ok\n`,
    `503 ${PLAIN} nothing has been read yet\n`,
    ...Array.from({ length: 4 }, () => `404 ${PLAIN} not found: there are /livez and /readyz\n`),
  ])
  problem = undefined
  expect(await get('/readyz')).toBe(`200 ${PLAIN} ok\n`)
})

test('only the node itself can connect', async () => {
  const { port } = await serve({ livez: healthy, readyz: healthy })
  const others = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && !address.internal && !address.scopeid)
  for (const host of ['127.0.0.2', '::1', ...others.map((address) => address!.address)]) {
    const socket = connect({ host, port })
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect([host, error.code]).not.toEqual([host, undefined])
  }
})

test('a port in use is an error with one line and a remedy', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  await expect(serveHealth(port, { livez: healthy, readyz: healthy })).rejects.toThrow(
    `--health-port ${port}: can't listen on 127.0.0.1:${port} (EADDRINUSE): choose another port, or off`,
  )
})

test('closing does not wait for a client that keeps its connection', async () => {
  const health = await serveHealth(0, { livez: healthy, readyz: healthy })
  const socket = connect({ host: '127.0.0.1', port: health.port })
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  await setImmediate()
  await health.close()
  await closed
})
