// A folder for one test, gone when the test is over.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { onTestFinished } from 'vitest'

/** In memory where there is a place for that: some tests make tens of thousands of files. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** @param files their texts by path; a path that ends with / is an empty folder */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(PLACE, `ena-otel-${process.pid}-`)) // by which test/run/leftovers.ts finds it
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, files)
  return folder
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const whole = join(folder, path)
    mkdirSync(path.endsWith('/') ? whole : dirname(whole), { recursive: true })
    if (!path.endsWith('/')) writeFileSync(whole, text)
  }
}
