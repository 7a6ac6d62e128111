// Where the collector is, remembered: the incident that we report is the one in which no name can be resolved. DNS is asked when
// nothing is known yet, and again when what is known doesn't answer.
import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

import { experimental, status } from '@grpc/grpc-js'

interface Known {
  addresses: readonly string[]
  /** An address didn't answer: it may be another one's by now. */
  isDoubtful: boolean
}

const known = new Map<string, Known>()

/** Says where a host is, so that DNS isn't needed to find it. */
export function rememberAddress(host: string, address: string): void {
  known.set(host, { addresses: [address], isDoubtful: false })
}

/** Says that a host couldn't be reached where it was: DNS is asked before the next attempt. */
export function doubtAddress(host: string): void {
  const last = known.get(host)
  if (last) last.isDoubtful = true
}

/** How long DNS may take where there is an address to fall back on. The C library may need 10 s to find no server. */
const PATIENCE_MS = 2_000

/**
 * The IP addresses of a host: itself if it is one, those that are known, or what DNS says.
 *
 * @throws Error with `code` (ENOTFOUND, EAI_AGAIN, …) when nothing is known and DNS doesn't tell
 */
export async function addressesOf(host: string, lookup = lookUp): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const last = known.get(host)
  if (last && !last.isDoubtful) return last.addresses
  const asked = lookup(host).then((addresses) => {
    known.set(host, { addresses, isDoubtful: false })
    return addresses
  })
  if (!last) return asked
  // Whoever doesn't answer in time, or doesn't know, leaves us where we were.
  const fallback = wait(PATIENCE_MS, last.addresses, { ref: false })
  return Promise.race([asked.catch(() => last.addresses), fallback])
}

async function lookUp(host: string): Promise<readonly string[]> {
  return (await dnsLookup(host, { all: true })).map(({ address }) => address)
}

/** `addressesOf` as Node's sockets ask for it. */
export const lookupKnown: LookupFunction = (host, { family, all }, callback) => {
  addressesOf(host).then(
    (addresses) => {
      const found = addresses
        .map((address) => ({ address, family: isIP(address) }))
        .filter((one) => !family || one.family === Number(String(family).replace('IPv', '')))
      const [first] = found
      if (all) callback(null, found)
      else if (first) callback(null, first.address, first.family)
      else callback(Object.assign(new Error(`${host} has no such address`), { code: 'ENOTFOUND' }), '')
    },
    (error: NodeJS.ErrnoException) => callback(error, ''),
  )
}

/** `addressesOf` as gRPC asks for it, instead of its own resolver: that one would ask for a TXT record each time as well. */
class KnownAddresses implements experimental.Resolver {
  readonly #target: experimental.GrpcUri
  readonly #listener: experimental.ResolverListener
  #isAsking = false
  #isClosed = false

  constructor(target: experimental.GrpcUri, listener: experimental.ResolverListener) {
    this.#target = target
    this.#listener = listener
  }

  updateResolution(): void {
    this.#isClosed = false
    if (this.#isAsking) return
    this.#isAsking = true
    void this.#ask().finally(() => {
      this.#isAsking = false
    })
  }

  destroy(): void {
    this.#isClosed = true
  }

  async #ask(): Promise<void> {
    const { host, port = GRPC_PORT } = experimental.splitHostPort(this.#target.path) ?? { host: this.#target.path }
    const found = await addressesOf(host).then(
      (addresses) => experimental.statusOrFromValue(addresses.map((one) => ({ addresses: [{ host: one, port }] }))),
      (error: Error): experimental.StatusOr<experimental.Endpoint[]> =>
        experimental.statusOrFromError({ code: status.UNAVAILABLE, details: error.message }),
    )
    if (!this.#isClosed) this.#listener(found, {}, null, '')
  }

  static getDefaultAuthority(target: experimental.GrpcUri): string {
    return target.path
  }
}

/** gRPC's own default (grpc-js, resolver-dns.ts). */
const GRPC_PORT = 443

/** Has gRPC ask us for addresses. `dns` is its scheme for targets without one. */
export function resolveForGrpc(): void {
  experimental.registerResolver('dns', KnownAddresses)
}
