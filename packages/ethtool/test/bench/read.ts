// What read() costs over the ioctl it makes: node packages/ethtool/test/bench/read.ts [INTERFACE]
import { loadLibc } from '../../src/ioctl.ts'
import { openEthtool } from '../../src/index.ts'
import { openSocket } from '../../src/socket.ts'
import { encodeStatistics, statisticsSize } from '../../src/statistics.ts'

const ROUNDS = 9
const CALLS = 50_000

const interfaceName = process.argv[2] ?? 'eth0'
const ethtool = openEthtool()
const prepared = ethtool.prepare(interfaceName)
const one = ethtool.prepare(interfaceName, (name) => name === prepared.names[0])
const count = prepared.names.length

const kernel = openSocket(loadLibc(process.platform, process.arch))
const payload = kernel.allocate(statisticsSize(count))
const words = new Int32Array(payload.buffer, payload.byteOffset, payload.length / 4)
const bare = (): void => {
  encodeStatistics(words, count)
  kernel.call(interfaceName, payload)
}

const rows: readonly (readonly [string, () => unknown])[] = [
  ['bare ioctl', bare],
  [`read(), ${count} values`, () => prepared.read()],
  ['read(), 1 value', () => one.read()],
  ['statistics()', () => ethtool.statistics(interfaceName)],
]
const times = rows.map((): number[] => [])
for (let round = 0; round < ROUNDS; round++) {
  for (const [row, [, run]] of rows.entries()) {
    const start = process.hrtime.bigint()
    for (let call = 0; call < CALLS; call++) run()
    times[row]?.push(Number(process.hrtime.bigint() - start) / CALLS / 1000)
  }
}
for (const [row, [label]] of rows.entries()) {
  const median = times[row]?.sort((left, right) => left - right)[Math.floor(ROUNDS / 2)] ?? Number.NaN
  console.log(`${label.padEnd(24)} ${median.toFixed(2)} µs`)
}
kernel.close()
ethtool.close()
