// What the agent asks of the EC2 instance metadata service, version 2: who this instance is, and which ENI has which MAC. A few requests at start
// and one for each NIC that is attached later; everything is answered from the cache after that.

import { createEniIds } from './eni-ids.ts'
import { openImdsSession } from './imds-session.ts'
import { parseInstanceIdentity, type InstanceIdentity } from './instance-identity.ts'
import type { ResourceLog } from './log.ts'

export interface ImdsOptions {
  /** From `imdsEndpoint`; undefined = ask nothing, know nothing. */
  readonly endpoint: URL | undefined
  /** Whether DMI says that this is an EC2 instance: decides whether silence is a warning or an info. Default false. */
  readonly expected?: boolean
  /** How long one request may take. Default 1000. */
  readonly timeoutMs?: number
  /** Milliseconds of a clock that never goes back. Default `performance.now()`. */
  readonly now?: () => number
  /** A signal that aborts after so many milliseconds. Default `AbortSignal.timeout`. */
  readonly deadline?: (ms: number) => AbortSignal
  readonly log: ResourceLog
}

export interface Imds extends Disposable {
  /**
   * The instance's identity, asked for until it is known, and at most once at a time. undefined = not offered, or not known (yet): after a failure
   * a call asks again when its interval (1 s, 5 s, 30 s, 5 min …) is over, and until then returns undefined at once. Never rejects.
   */
  identity(): Promise<InstanceIdentity | undefined>
  /** The id of the ENI with this MAC, from the cache. undefined = not known (yet), or no ENI. */
  eniId(mac: string): string | undefined
  /** Asks for the MACs that aren't known yet, where that is due; cheap when there is nothing to ask. Never rejects. */
  resolve(macs: readonly string[]): Promise<void>
  /** Ends what is under way, silently; nothing is asked after it. */
  close(): void
}

/** IMDSv2 at the endpoint. Sends nothing until it is asked something. */
export function createImds(options: ImdsOptions): Imds {
  const { endpoint, expected = false, timeoutMs = 1_000, log } = options
  if (endpoint === undefined) return NO_IMDS
  const now = options.now ?? (() => performance.now())
  const deadline = options.deadline ?? ((ms) => AbortSignal.timeout(ms))
  const session = openImdsSession({ endpoint, expected, timeoutMs, now, deadline, log })
  const enis = createEniIds(session, now)
  let answer: { readonly identity: InstanceIdentity | undefined } | undefined
  let asking: Promise<InstanceIdentity | undefined> | undefined

  async function askIdentity(): Promise<InstanceIdentity | undefined> {
    const [asked] = await Promise.allSettled([session.ask(IDENTITY_PATH, parseInstanceIdentity)])
    asking = undefined
    if (asked.status === 'rejected') return undefined // The session logged it.
    answer = { identity: asked.value }
    return asked.value
  }

  return {
    identity() {
      if (answer !== undefined || !session.due(IDENTITY_PATH)) return Promise.resolve(answer?.identity)
      asking ??= askIdentity()
      return asking
    },
    eniId: (mac) => enis.get(mac),
    resolve: (macs) => enis.resolve(macs),
    close: () => session.close(),
    [Symbol.dispose]: () => session.close(),
  }
}

const IDENTITY_PATH = '/latest/dynamic/instance-identity/document'

const NO_IMDS: Imds = {
  identity: () => Promise.resolve(undefined),
  eniId: () => undefined,
  resolve: () => Promise.resolve(),
  close: () => undefined,
  [Symbol.dispose]: () => undefined,
}
