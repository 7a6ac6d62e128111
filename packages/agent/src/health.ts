// /livez and /readyz for the kubelet. On 127.0.0.1 only: with hostNetwork, any other address would be open to the network.
import { createServer } from 'node:http'

export interface HealthChecks {
  /** Why the agent is not live or not ready; `undefined` when it is. */
  readonly livez: () => string | undefined
  readonly readyz: () => string | undefined
}

export interface Health {
  readonly port: number
  readonly close: () => Promise<void>
}

/**
 * Answers 200 `ok` or 503 with the reason, as plain text.
 *
 * @throws Error EADDRINUSE, EACCES with one line that says what to do
 */
export async function serveHealth(port: number, checks: HealthChecks): Promise<Health> {
  const server = createServer((request, response) => {
    const check = { '/livez': checks.livez, '/readyz': checks.readyz }[request.url ?? '']
    const problem = check ? check() : 'not found: there are /livez and /readyz'
    response.writeHead(problem === undefined ? 200 : check ? 503 : 404, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(`${problem ?? 'ok'}\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = `can't listen on 127.0.0.1:${port} (${error.code})`
      reject(new Error(`--health-port ${port}: ${reason}: choose another port, or off`, { cause: error }))
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
