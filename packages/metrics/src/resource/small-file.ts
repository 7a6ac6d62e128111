// A small text file that may be missing: a DMI value, the machine id.

import { readFileSync } from 'node:fs'

import type { Log } from '../log.ts'

/** No such file, no such folder, or only root may read it: not offered on this machine. */
const NOT_OFFERED: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'])

/**
 * The text of a small file, trimmed. undefined = the file is missing, empty or not readable for this user; also after any other error,
 * which is logged as a warning.
 */
export function readSmallFile(path: string, log: Log): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const code = 'code' in error ? error.code : undefined
    if (!NOT_OFFERED.has(code)) {
      log.warn({ path, code }, `resource: ${error.message}; its value is missing from the resource, check the mount`)
    }
    return undefined
  }
}
