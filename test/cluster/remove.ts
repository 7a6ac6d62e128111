// Takes away whatever there is of a cluster: its processes, its cgroups, its folder. Namespaces, and the mounts in them, go
// with the processes. Usage: node remove.ts NAME, which the keeper of each cluster (keeper.sh) runs when that has ended.
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { isStale } from '../harness/owner.ts'
import { cgroupNames, members, removeCgroup } from './cgroups.ts'
import { folderOf, PREFIX } from './name.ts'

const patienceMs = 15_000

/** Resolves when nothing is left of it; there needn't be anything. @throws Error naming the processes that don't end */
export async function remove(name: string): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    for (const pid of members(name)) kill(pid)
    if (removeCgroup(name)) break
    if (performance.now() > deadline) throw new Error(`${name} still has the processes ${members(name).join(', ')}`)
    await setTimeout(20) // a killed process takes a moment to end, and nothing tells when
  }
  await rm(folderOf(name), { recursive: true, force: true })
}

/** Removes the clusters of processes that are no more, when their keepers are no more either. */
export async function removeStale(): Promise<void> {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX))
  const names = new Set([...folders, ...cgroupNames(PREFIX)])
  await Promise.all([...names].filter((name) => isStale(name, PREFIX)).map(remove))
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error // it ended by itself
  }
}

if (import.meta.main) await remove(process.argv[2] ?? '')
