// The chart's collectors on a cluster, as the kernel sees them: their processes, connections, CPU and memory.
import { readFileSync } from 'node:fs'

import { members } from '../cluster/cgroups.ts'
import type { Cluster } from '../cluster/cluster.ts'

export interface CollectorProcess {
  readonly pod: string
  /** As this machine calls it. */
  readonly pid: number
}

/** Those that run, in the order of their pods' names. */
export function collectorProcesses({ nodeName }: Cluster): readonly CollectorProcess[] {
  return members(nodeName)
    .flatMap((pid) => {
      const [program] = fileOf(pid, 'cmdline')?.split('\0') ?? []
      const pod = /(?:^|\0)HOSTNAME=([^\0]*)/.exec(fileOf(pid, 'environ') ?? '')?.[1]
      return program === '/otelcol' && pod !== undefined ? [{ pod, pid }] : []
    })
    .toSorted((a, b) => (a.pod < b.pod ? -1 : 1))
}

/** TCP connections to a port of the process's network that are open. Source: /proc/PID/net/tcp and tcp6; state 01 is ESTABLISHED. */
export function openConnections({ pid }: CollectorProcess, port: number): number {
  const local = new RegExp(`^ *\\d+: [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, '0')} [0-9A-F:]+ 01 `)
  return ['net/tcp', 'net/tcp6']
    .flatMap((file) => fileOf(pid, file)?.split('\n') ?? [])
    .filter((line) => local.test(line)).length
}

/** Undefined when the process is gone. */
function fileOf(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
