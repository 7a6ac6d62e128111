// What processes leave behind that were killed before they could clear up: each kind names its process, and is removed when that
// is no more.
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { removeStale as removeStaleClusters } from './cluster/remove.ts'
import { removeStale as removeStaleNamespaces } from './netns.ts'
import { isStale } from './owner.ts'
import { onPath } from './tools/on-path.ts'

/** Of temporary-folder.ts. */
const MEMORY = '/dev/shm'

/** Removes namespaces, clusters and folders, whichever run of this machine left them. */
export async function removeLeftovers(): Promise<void> {
  if (process.platform !== 'linux') return
  for (const folder of existsSync(MEMORY) ? readdirSync(MEMORY) : [])
    if (isStale(folder, 'ena-otel-')) rmSync(join(MEMORY, folder), { recursive: true, force: true })
  if (process.getuid?.() !== 0) return // only root makes the others
  await removeStaleClusters()
  if (onPath('ip') !== undefined) await removeStaleNamespaces()
}
