// A DNS cache: during the incident that we report, no name may resolve. DNS is asked when no address is known yet, and again after a
// connection to a known address has failed.
import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

interface Known {
  addresses: readonly string[]
  /** A connection failed: the address may belong to another host by now. */
  isDoubtful: boolean
}

const known = new Map<string, Known>()

/** Sets the address of a host, so that DNS isn't needed. */
export function rememberAddress(host: string, address: string): void {
  known.set(host, { addresses: [address], isDoubtful: false })
}

/** Reports a failed connection to a host: DNS is asked before the next attempt. */
export function doubtAddress(host: string): void {
  const last = known.get(host)
  if (last) last.isDoubtful = true
}

/** How long DNS may take when there is an address to fall back on. The C library may need 10 s to find no server. */
const MAX_LOOKUP_MS = 2_000

/**
 * The IP addresses of a host: the host itself if it is an address, the cached ones, or DNS's answer.
 *
 * @throws Error with `code` (ENOTFOUND, EAI_AGAIN, …) when no address is known and DNS fails
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
  // A slow or failed lookup keeps the last addresses.
  const fallback = wait(MAX_LOOKUP_MS, last.addresses, { ref: false })
  return Promise.race([asked.catch(() => last.addresses), fallback])
}

async function lookUp(host: string): Promise<readonly string[]> {
  return (await dnsLookup(host, { all: true })).map(({ address }) => address)
}

/** `addressesOf` in the form that Node's sockets expect. */
export const lookupCached: LookupFunction = (host, { all }, callback) => {
  addressesOf(host).then(
    (addresses) => {
      const found = addresses.map((address) => ({ address, family: isIP(address) }))
      if (all) callback(null, found)
      else callback(null, found[0]!.address, found[0]!.family)
    },
    (error: NodeJS.ErrnoException) => callback(error, ''),
  )
}
