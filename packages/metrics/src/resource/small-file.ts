// One line out of a small text file that may well not be there: DMI values, the machine id.

import { readFileSync } from 'node:fs'
import type { ResourceLog } from './log.ts'

/** No such file, no such folder, or root only: this machine doesn't offer it to us. */
const NOT_OFFERED: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'])

/**
 * The text of a small file, trimmed. undefined = the file isn't there, mayn't be read or is empty; also after any other error, which is
 * reported as a warning.
 */
export function readSmallFile(path: string, log: ResourceLog): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const code = 'code' in error ? error.code : undefined
    if (!NOT_OFFERED.has(code)) {
      log.warn({ path, code }, `resource: ${error.message}; the agent goes on without it, check the mount`)
    }
    return undefined
  }
}
