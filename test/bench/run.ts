// The benchmark, as tables: `npx pnpm@12 bench`, about 20 minutes. All that is compared comes from one run on one machine, in network
// namespaces of its own; medians. Absolute times say little on shared hardware: compare within a row.
//
//   pnpm bench                                 everything
//   pnpm bench --only thousand-nodes,growth    some of it; the names are in measurements.ts
//   pnpm bench --only soak --soak 1h           the agent for so long at 100 ms; 2m by default
//   pnpm bench --only previous --previous FILE against the bundle of an earlier agent
//   pnpm bench --count 9                       medians of so many windows; 5 by default
//   pnpm bench --json FILE                     each single value, too
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { DURATION } from '../../packages/agent/src/config/quantity.ts'
import { removeLeftovers, RUN } from '../run/leftovers.ts'
import { nodeExporter } from '../tools/node-exporter.ts'
import { otelcol } from '../tools/otelcol.ts'
import { telegraf } from '../tools/telegraf.ts'
import { type GoalRow, goalTable } from './goals.ts'
import { MEASUREMENTS } from './measurements.ts'
import { markdown } from './table.ts'

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    only: { type: 'string', default: Object.keys(MEASUREMENTS).join(',') },
    soak: { type: 'string', default: '2m' },
    count: { type: 'string', default: '5' },
    previous: { type: 'string' },
    json: { type: 'string' },
  },
})
const soakMs = DURATION.parse(values.soak)
if (soakMs === undefined) throw new TypeError(`--soak ${values.soak} is not a duration: write it like 2m or 1h`)
const wanted = values.only.split(',')
const unknown = wanted.filter((name) => !Object.hasOwn(MEASUREMENTS, name))
if (unknown.length > 0)
  throw new TypeError(`--only ${unknown.join(',')}: the names are ${Object.keys(MEASUREMENTS).join(', ')}`)

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupt.abort())
await removeLeftovers()
const folder = mkdtempSync(join(tmpdir(), `${RUN}${process.pid}-`))
chmodSync(folder, 0o1777) // as /tmp
process.env['TMPDIR'] = folder
try {
  const programs = {
    nodeExporter: await nodeExporter(),
    telegraf: await telegraf(),
    otelcol: await otelcol(),
  }
  process.stdout.write(
    `Node ${process.version}, node_exporter 1.12.1, telegraf 1.37.2, collector 0.156.0; Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model.trim()}\n`,
  )
  const goals: GoalRow[] = []
  const raw: Record<string, unknown> = {}
  for (const name of wanted) {
    const findings = await MEASUREMENTS[name]!(
      programs,
      { count: Number(values.count), soakSeconds: soakMs / 1000, previous: values.previous },
      interrupt.signal,
    )
    goals.push(...(findings.goals ?? []))
    raw[name] = findings.raw
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(raw, undefined, 2))
    for (const [title, rows] of findings.tables ?? []) process.stdout.write(`\n${title}\n\n${markdown(rows)}`)
  }
  if (goals.length > 0)
    process.stdout.write(`\nThe goals: medians (lowest to highest)\n\n${markdown(goalTable(goals))}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
