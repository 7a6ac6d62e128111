// The processors that programs and guests are fetched for, by their several names.
import { NotHere } from '../harness/not-here.ts'

/** As Node calls it. */
export type Architecture = (typeof ARCHITECTURES)[number]

export const ARCHITECTURES = ['x64', 'arm64'] as const

/** As Debian calls it. */
export const DEBIAN_NAMES: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' }

/** As GNU calls it, and Debian's folders of libraries. */
export const GNU_NAMES: Readonly<Record<Architecture, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

export function isArchitecture(text: string): text is Architecture {
  return ARCHITECTURES.some((architecture) => architecture === text)
}

/** This machine's architecture. @throws NotHere on any other than these two */
export function hostArchitecture(): Architecture {
  if (isArchitecture(process.arch)) return process.arch
  throw new NotHere('a package', `there is none for ${process.arch}`)
}
