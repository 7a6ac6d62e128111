// What comes from a package registry.
import { NotHere } from '../harness/not-here.ts'

/** What `get` fetches by apt, npm or pip. A failed download is not a failed test. @throws NotHere with the line of their output that says why */
export async function download<T>(what: string, get: () => Promise<T>): Promise<T> {
  try {
    return await get()
  } catch (cause) {
    const lines = cause instanceof Error ? cause.message.split('\n') : []
    const reason = lines.find((line) => /^(E:|npm error|ERROR:)/.test(line)) ?? lines[0] ?? ''
    throw new NotHere(what, `it can't be downloaded (${reason})`, { cause })
  }
}
