// A port of the cluster's node that leads to one of this machine's loopback: the only way out of the cluster's network.
import { ADDRESS } from '../cluster/address.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { listenWithin } from '../listen-within.ts'
import { tcpRelay } from '../tcp-relay.ts'

export interface Door extends AsyncDisposable {
  /** As pods call it: `http://10.99.0.1:34567`. */
  readonly url: string
}

/** @param url as this machine calls it: `http://127.0.0.1:41939` */
export async function doorTo(cluster: Cluster, url: string): Promise<Door> {
  const { hostname, port } = new URL(url)
  const relay = tcpRelay(await listenWithin((command) => cluster.command(command), ADDRESS.node), () => ({
    host: hostname,
    port: Number(port),
  }))
  return { ...relay, url: `http://${ADDRESS.node}:${relay.port}` }
}
