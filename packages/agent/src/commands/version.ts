// `ena-otel --version`: the versions that a bug report needs.
import { VERSION } from '../version.ts'

/** `ena-otel 1.0.0 (Node 26.10.0, koffi 3.3.4)`. Where koffi has no binary for this machine, the reason instead of its version. */
export async function versions(): Promise<string> {
  return `ena-otel ${VERSION} (Node ${process.versions.node}, koffi ${await koffiVersion()})`
}

async function koffiVersion(): Promise<string> {
  try {
    const { default: koffi } = await import('koffi')
    return koffi.version
  } catch (error) {
    return `not loaded: ${(error as Error).message.split('\n', 1)[0]}`
  }
}
