// The cgroup of a cluster, in each hierarchy of the machine: v1, hybrid (both) or v2. Whatever runs in the cluster is in it,
// and that is how it is found again. https://docs.kernel.org/admin-guide/cgroup-v1/cgroups.html, …/cgroup-v2.html
import { existsSync, globSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const mount = '/sys/fs/cgroup'

/** The top of each hierarchy: /sys/fs/cgroup where there is only v2. */
function hierarchies(): readonly string[] {
  if (existsSync(join(mount, 'cgroup.controllers'))) return [mount]
  return readdirSync(mount, { withFileTypes: true })
    .filter((entry) => entry.isDirectory()) // a link is a second name: cpu,cpuacct
    .map((entry) => join(mount, entry.name))
}

/**
 * Makes the cgroup `name` in every hierarchy (the kubelet looks into each), and in it `system` for the daemons: with v2 a
 * cgroup has processes or children. What they have to write their process id to. @throws EROFS, EACCES, EPERM
 */
export function makeCgroup(name: string): readonly string[] {
  return hierarchies().map((top) => {
    delegate(top)
    mkdirSync(join(top, name), { recursive: true })
    takeCpus(top, join(top, name))
    delegate(join(top, name))
    mkdirSync(join(top, name, 'system'), { recursive: true })
    takeCpus(top, join(top, name, 'system'))
    return join(top, name, 'system', 'cgroup.procs')
  })
}

/** v2: lets the children have every controller that this cgroup has. */
function delegate(cgroup: string): void {
  const controllers = join(cgroup, 'cgroup.controllers')
  if (!existsSync(controllers)) return
  const all = readFileSync(controllers, 'utf8').split(/\s+/).filter(Boolean)
  for (const controller of all) writeFileSync(join(cgroup, 'cgroup.subtree_control'), `+${controller}`)
}

/** v1: a cpuset that has none takes no process. */
function takeCpus(top: string, cgroup: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (top.endsWith('/cpuset')) writeFileSync(join(cgroup, file), readFileSync(join(top, file)))
  }
}

/** The names of all cgroups at the top that begin so. */
export function cgroupNames(prefix: string): readonly string[] {
  return [...new Set(hierarchies().flatMap((top) => readdirSync(top).filter((name) => name.startsWith(prefix))))]
}

/**
 * Leaves the processes of a container no memory to grow, so that the kernel kills one of them when it needs more. With v1, no limit below
 * what is in use can be set: it becomes the lowest that the kernel takes.
 */
export function limitToUsage(cluster: string, containerId: string): void {
  const [cgroup] = hierarchies().flatMap((top) =>
    ['memory.limit_in_bytes', 'memory.max'].flatMap((limit) =>
      globSync(join(top, cluster, 'kubepods', '**', containerId, limit)),
    ),
  )
  if (cgroup === undefined) throw new Error(`${cluster} has no container ${containerId}`)
  if (cgroup.endsWith('memory.max')) return writeFileSync(cgroup, '1M')
  const usage = Number(readFileSync(join(cgroup, '..', 'memory.usage_in_bytes'), 'utf8'))
  for (let limit = usage; canLimit(cgroup, limit); limit -= LIMIT_STEP);
}

const LIMIT_STEP = 64 * 1024

/** Whether the kernel takes the limit: not when it can't free as much (EBUSY). */
function canLimit(file: string, bytes: number): boolean {
  try {
    writeFileSync(file, String(bytes))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return false
    throw error
  }
}

/** The ids of the processes in the cgroup and those below it. */
export function members(name: string): readonly number[] {
  const files = hierarchies().flatMap((top) => globSync(join(top, name, '**', 'cgroup.procs')))
  return [...new Set(files.flatMap(readIds))]
}

function readIds(file: string): readonly number[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number)
  } catch (error) {
    return whenGone(error, [])
  }
}

/** Whether it could be removed everywhere: not while a process in it is still ending. */
export function removeCgroup(name: string): boolean {
  return hierarchies().every((top) => removeFolders(join(top, name)))
}

function removeFolders(cgroup: string): boolean {
  try {
    for (const entry of readdirSync(cgroup, { withFileTypes: true })) {
      if (entry.isDirectory()) removeFolders(join(cgroup, entry.name))
    }
    rmdirSync(cgroup)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return false
    return whenGone(error, true)
  }
}

/** Reading a cgroup that is being removed fails with ENODEV. */
function whenGone<T>(error: unknown, value: T): T {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV')) return value
  throw error
}
