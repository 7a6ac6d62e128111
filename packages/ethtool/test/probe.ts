// Run by ethtool.kernel.test.ts as a process of its own: `describe` prints what an unprivileged user sees, `allocations`
// how many bytes of JS heap a read leaves behind.
import { readFileSync } from 'node:fs'
import { openEthtool, type PreparedStatistics } from '../src/index.ts'

const [task, ...interfaces] = process.argv.slice(2)
const ethtool = openEthtool()
if (task === 'describe') {
  const [, capabilities] = /^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  const described = interfaces.map((name) => ({ name, names: ethtool.statisticNames(name) ?? null }))
  console.log(JSON.stringify({ uid: process.getuid?.(), capabilities, interfaces: described }))
} else {
  const bytes = interfaces.flatMap((name) => {
    const prepared = ethtool.prepare(name)
    return prepared.names.length === 0 ? [] : [[name, bytesPerRead(prepared)] as const]
  })
  console.log(JSON.stringify(Object.fromEntries(bytes)))
}
ethtool.close()

function bytesPerRead(prepared: PreparedStatistics): number {
  const reads = 100_000
  for (let index = 0; index < reads; index++) prepared.read()
  // the least of several rounds: what V8 does besides (compiling, its own tables) comes once, an allocation each time
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < reads; index++) prepared.read()
    least = Math.min(least, Math.abs(process.memoryUsage().heapUsed - before) / reads)
  }
  return least
}
