// What there is of a cluster on this machine: everything that must be gone when it has been removed.
import { existsSync, globSync, readFileSync, readlinkSync } from 'node:fs'
import { cgroupNames, members } from './cgroups.ts'
import type { Cluster } from './cluster.ts'
import { folderOf } from './name.ts'

/** The namespaces of a running cluster, as the kernel names them: `net:[4026532567]`. */
export function namespacesOf({ nodeName }: Cluster): readonly string[] {
  const own = new Set(namespaceLinks('self'))
  return [...new Set(members(nodeName).flatMap((pid) => namespaceLinks(pid)))].filter((link) => !own.has(link))
}

/** Processes in its namespaces or its cgroup, cgroups, mounts, files. Empty when nothing is left. */
export function traces(name: string, namespaces: readonly string[]): readonly string[] {
  const wanted = new Set(namespaces)
  const processes = globSync('/proc/[0-9]*').map((path) => path.slice('/proc/'.length))
  const inside = processes.filter((pid) => namespaceLinks(pid).some((link) => wanted.has(link)))
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return [
    ...new Set([...inside.map(Number), ...members(name)].map((pid) => `process ${pid}`)),
    ...cgroupNames(name).map((cgroup) => `cgroup ${cgroup}`),
    ...mounts.filter((line) => line.includes(name)).map((line) => `mount ${line}`),
    ...[folderOf(name)].filter((path) => existsSync(path)).map((path) => `folder ${path}`),
  ]
}

/** What the programs of a cluster would write on the machine if they were let: folders and settings of the kernel. */
export function machineState(): object {
  const settings = globSync('/proc/sys/{vm/overcommit_memory,vm/panic_on_oom,kernel/panic*,kernel/keys/root_max*}')
  return {
    folders: folders.filter((path) => existsSync(path)),
    settings: Object.fromEntries(settings.sort().map((path) => [path, readFileSync(path, 'utf8').trim()])),
    hostname: readFileSync('/proc/sys/kernel/hostname', 'utf8').trim(),
    addresses: readFileSync('/proc/self/net/dev', 'utf8').match(/^ *\w+(?=:)/gm),
  }
}

const folders = (
  '/var/lib/kubelet /var/lib/containerd /var/lib/cni /var/lib/etcd /var/log/pods /var/log/containers /run/containerd ' +
  '/run/runc /etc/cni /etc/kubernetes /opt/containerd /opt/cni /usr/libexec/kubernetes /var/lib/containers /etc/containers'
).split(' ')

function namespaceLinks(pid: string | number): readonly string[] {
  try {
    return ['net', 'mnt', 'pid', 'uts', 'ipc'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`))
  } catch (error) {
    // It has ended, or is a zombie, which is in none any more; or has more rights than we, so that it isn't ours.
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES'].includes(String(error.code)))
      return []
    throw error
  }
}
