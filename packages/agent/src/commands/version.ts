// `ena-otel --version`: the versions that a bug report needs.
import { createRequire } from 'node:module'

import { VERSION } from '../version.ts'

/** `ena-otel 1.0.0 (Node 26.10.0, koffi 3.3.4)`. Where koffi has no binary for this machine, the reason instead of its version. */
export function versions(): string {
  return `ena-otel ${VERSION} (Node ${process.versions.node}, koffi ${koffiVersion()})`
}

function koffiVersion(): string {
  try {
    // Not import: the image has koffi's binary alone, which only `require` finds.
    return (createRequire(import.meta.url)('koffi') as { readonly version: string }).version
  } catch (error) {
    return `not loaded: ${(error as Error).message.split('\n', 1)[0]}`
  }
}
