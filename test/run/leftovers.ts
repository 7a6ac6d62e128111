// What processes leave behind that were killed before they could clear up: each kind names its process, and is removed when that
// is no more.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeStale as removeStaleClusters } from '../cluster/remove.ts'
import { removeStale as removeStaleNamespaces } from '../harness/netns.ts'
import { isStale } from '../harness/owner.ts'
import { onPath } from '../tools/on-path.ts'

/** What the names of runs' temporary folders begin with. */
export const RUN = 'ena-otel-run-'

/** Removes this user's namespaces, clusters and folders, whichever run of this machine left them. */
export async function removeLeftovers(): Promise<void> {
  removeFolders(tmpdir(), RUN)
  removeFolders('/dev/shm', 'ena-otel-') // of temporary-folder.ts
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return // only root makes the others
  await removeStaleClusters()
  if (onPath('ip') !== undefined) await removeStaleNamespaces()
}

function removeFolders(place: string, prefix: string): void {
  const names = existsSync(place) ? readdirSync(place) : []
  for (const path of names.filter((name) => isStale(name, prefix)).map((name) => join(place, name))) {
    const owner = statSync(path, { throwIfNoEntry: false })?.uid
    if (owner === process.getuid?.()) rmSync(path, { recursive: true, force: true })
  }
}
