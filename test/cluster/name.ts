// The name of a cluster is also that of its node, its folder and its cgroup, and it says whose it is.
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Of every name. */
export const PREFIX = 'ena-otel-kube-'
let made = 0

/** A new one, of this process. */
export function newName(): string {
  made += 1
  return `${PREFIX}${process.pid}-${made}`
}

/** All that the cluster writes lies below this folder. */
export function folderOf(name: string): string {
  return join(tmpdir(), name)
}
