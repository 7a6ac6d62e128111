// The benchmark, as tables: `npx pnpm@12 bench`. Everything in one run on one machine, in network namespaces of its own; medians.
// Absolute times say little on shared hardware: compare the rows.
import { cpus, release } from 'node:os'
import { join } from 'node:path'

import { output } from '../command.ts'
import { networkNamespace } from '../netns.ts'
import { nodeExporter } from '../tools/node-exporter.ts'

interface SweepResult {
  readonly interfaces: number
  readonly counters: number
  readonly hotMs: number
  readonly coldMs?: number
  /** With the statistics that are read for exports only. */
  readonly hotAllMs: number
  readonly coldAllMs?: number
  readonly growthBytes?: number
  readonly rssMiB: number
}
interface ScrapeResult {
  readonly series: number
  readonly hotMs: number
  readonly coldMs: number
  readonly rssMiB: number
}

const here = import.meta.dirname
const SIZES = [1, 2, 4, 8, 16, 32, 64]

/** Runs a script of this folder in a namespace with so many interfaces. */
async function inNamespace<T>(nics: number, script: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  await using namespace = await networkNamespace(nics).then((made) => {
    if ('notHere' in made) throw new Error(made.notHere)
    return made
  })
  const command = namespace.command([process.execPath, '--expose-gc', ...script])
  return JSON.parse(await output(command, { env: { ...process.env, ...env } })) as T
}

const sweep = (nics: number, env?: NodeJS.ProcessEnv): Promise<SweepResult> =>
  inNamespace(nics, [join(here, 'sweep.ts'), 'nic*'], env)

function print(title: string, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  const [head, ...body] = rows
  process.stdout.write(
    `\n${title}\n\n${[line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')}\n`,
  )
}

const ms = (value: number): string => `${value.toFixed(3)} ms`

process.stdout.write(`Node ${process.version}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model}\n`)

const two = await sweep(2, { COLD: '1', SOAK: '1' })
const program = await nodeExporter()
const peer =
  typeof program === 'string' ? await inNamespace<ScrapeResult>(2, [join(here, 'scrape.ts'), program]) : program

const ratio = (ours: number, theirs: number): string => `${(ours / theirs).toFixed(2)} ×`
print('One reading of two NICs (veth), all sysfs statistics and all ethtool statistics: CPU time, median', [
  ['', 'counters', 'one after the other', 'one a second'],
  ['ena-otel, a sweep each second', '', ms(two.hotMs), ms(two.coldMs!)],
  ['ena-otel, a sweep with all files, at an export', String(two.counters), ms(two.hotAllMs), ms(two.coldAllMs!)],
  ...('notHere' in peer
    ? [['node_exporter', peer.notHere, '', '']]
    : [
        ['node_exporter 1.12.1, a scrape', String(peer.series), ms(peer.hotMs), ms(peer.coldMs)],
        ['a sweep with all files : a scrape', '', ratio(two.hotAllMs, peer.hotMs), ratio(two.coldAllMs!, peer.coldMs)],
      ]),
])
process.stdout.write(`\nHeap after 10,000 sweeps: ${(two.growthBytes! / 1024).toFixed(0)} KiB more than before\n`)

const sizes: SweepResult[] = []
for (const size of SIZES) sizes.push(await sweep(size))
print('A sweep by number of NICs: CPU time, median, one after the other', [
  ['NICs', 'a sweep', 'per NIC'],
  ...sizes.map(({ interfaces, hotMs }) => [String(interfaces), ms(hotMs), ms(hotMs / interfaces)]),
])

await using namespace = await networkNamespace(1).then((made) => {
  if ('notHere' in made) throw new Error(made.notHere)
  return made
})
const read = join(here, '../../packages/ethtool/test/bench/read.ts')
process.stdout.write(`\n@ena-otel/ethtool, wall time, median, one veth\n\n`)
process.stdout.write(await output(namespace.command([process.execPath, read, 'nic0'])))
