// Where the collector is, remembered: the incident that we report is the one in which no name can be resolved. DNS is asked when
// nothing is known yet, and again when what is known doesn't answer.
import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

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
