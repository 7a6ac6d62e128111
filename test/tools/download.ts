// What comes from a package registry.
import { Unavailable } from '../not-here.ts'

/** What `get` fetches by apt or npm; when that fails, it is no failure of a test. @throws Unavailable with their line that says why */
export async function download<T>(what: string, get: () => Promise<T>): Promise<T> {
  try {
    return await get()
  } catch (cause) {
    const lines = cause instanceof Error ? cause.message.split('\n') : []
    const reason = lines.find((line) => /^(E:|npm error)/.test(line)) ?? lines[0] ?? ''
    throw new Unavailable(`${what} can't be downloaded (${reason})`, { cause })
  }
}
