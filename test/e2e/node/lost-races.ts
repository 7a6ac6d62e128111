// Lost races of the guest's connection table: entries that could not be inserted. The kernel counts one only when two packets of a new
// flow meet on two processors, so the agent is given a procfs whose file of these counters is the kernel's with as many as a test likes.
import type { EnaNode } from '../setup/guest-agent.ts'

export interface LostRaces {
  /** For the agent. */
  readonly args: readonly string[]
  /** How many there have been. */
  readonly set: (count: number) => Promise<void>
}

const FOLDER = '/tmp/proc'
const MAKE = `mkdir -p ${FOLDER}/net/stat && ln -s /proc/stat /proc/sys ${FOLDER} && cat /proc/net/stat/nf_conntrack`
const WRITE = `printf %s "$0" >${FOLDER}/net/stat/nf_conntrack`

export async function lostRaces({ output }: EnaNode): Promise<LostRaces> {
  const kernels = await output(['sh', '-c', MAKE])
  const set: LostRaces['set'] = async (count) => void (await output(['sh', '-c', WRITE, withLost(kernels, count)]))
  await set(0)
  return { args: ['--procfs', FOLDER], set }
}

/** The number of the first processor; `%08x` in the kernel's net/netfilter/nf_conntrack_standalone.c. */
function withLost(text: string, count: number): string {
  const [header = '', first = '', ...others] = text.split('\n')
  const column = header.trim().split(/\s+/).indexOf('insert_failed')
  if (column === -1) throw new Error(`the kernel's counters have no insert_failed: ${text}`)
  const numbers = first.trim().split(/\s+/).with(column, count.toString(16).padStart(8, '0'))
  return [header, numbers.join(' '), ...others].join('\n')
}
