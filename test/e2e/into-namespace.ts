// Makes a port of this machine's loopback reachable from a network namespace without a route out of it.
import { listenWithin } from '../listen-within.ts'
import type { NetworkNamespace } from '../netns.ts'
import { tcpRelay } from '../tcp-relay.ts'

export interface Passage extends AsyncDisposable {
  /** What the endpoint is called in the namespace: `http://127.0.0.1:34567`. */
  readonly endpoint: string
}

/** @param endpoint as this machine calls it: `http://127.0.0.1:41939` */
export async function intoNamespace(namespace: NetworkNamespace, endpoint: string): Promise<Passage> {
  const { hostname, port } = new URL(endpoint)
  const relay = tcpRelay(await listenWithin((command) => namespace.command(command), '127.0.0.1'), () => ({
    host: hostname,
    port: Number(port),
  }))
  return { ...relay, endpoint: `http://127.0.0.1:${relay.port}` }
}
