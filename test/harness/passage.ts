// Makes a port of this machine's loopback reachable from a network namespace without a route out of it.
import { listenWithin } from './listen-within.ts'
import { tcpRelay } from './tcp-relay.ts'

export interface Passage extends AsyncDisposable {
  /** What the endpoint is called in the namespace: `http://127.0.0.1:34567`. */
  readonly endpoint: string
}

/**
 * @param within makes a command one that runs in the namespace
 * @param endpoint as this machine calls it: `http://127.0.0.1:41939`
 * @param address of the namespace, to listen on
 */
export async function passage(
  within: (command: readonly string[]) => readonly string[],
  endpoint: string,
  address = '127.0.0.1',
): Promise<Passage> {
  const { hostname, port } = new URL(endpoint)
  const relay = tcpRelay(await listenWithin(within, address), () => ({ host: hostname, port: Number(port) }))
  return { ...relay, endpoint: `http://${address}:${relay.port}` }
}
