// What stays bounded on a node with more interfaces, pods and queues than any has: series, memory and work, in a real kernel.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'

import { beforeAll, describe, expect, it } from 'vitest'

import { DEFAULTS } from '../../../packages/agent/src/config/options.ts'
import { enaOtel, COMPLETE, REPOSITORY } from '../../harness/agent.ts'
import { type NetworkNamespace, networkNamespace } from '../../harness/netns.ts'
import { type Collector, collector } from '../../harness/otelcol.ts'
import type { OtlpRequest } from '../../harness/otlp-request.ts'
import { type FlatPoint, flatPoints } from '../../harness/points.ts'
import { otelcol } from '../../tools/otelcol.ts'

const MOST = DEFAULTS.maxSeries
/** MB that an agent may have more than one with nothing unusual to read. Its queue may take 8. */
const MORE_MEMORY = 96

describe('on a node with more than any has, the agent', () => {
  beforeAll(otelcol, 1_800_000)

  it('sends no more series than it may of 64 interfaces, counts what it leaves out, and names it once', async () => {
    await using namespace = await networkNamespace(64)
    await using store = await storeIn(namespace)
    const all = ['--include', 'nic*', '--statistics', '.', '--detail', 'full'] // with what is 0
    await using bounded = await agent(namespace, store, 'bounded', all)
    await using unbounded = await agent(namespace, store, 'unbounded', [...all, '--max-series', '20000'])

    const [sent, wanted] = await Promise.all([bounded.exports(EXPORTS), unbounded.exports(EXPORTS)])
    const everything = seriesOf(wanted.flat())
    expect(countOf(everything)).toBeGreaterThan(MOST)
    expect(Math.max(...sent.map((points) => seriesOf(points).size))).toBeLessThanOrEqual(MOST)
    const now = most(sent)
    expect(value(now, 'ena_otel.series')).toBe(MOST)
    // Not each export has the peaks: packages/agent/test/export/streams.test.ts counts exactly.
    const cut = Math.max(...sent.map((points) => value(points, 'ena_otel.series.cut')))
    expect(cut).toBeGreaterThan(0)
    expect(cut).toBeLessThanOrEqual(countOf(everything) - MOST)
    expect([...everything].filter(isAlways).filter((series) => !seriesOf(now).has(series))).toEqual([])

    await Promise.all([bounded.stop(), unbounded.stop()])
    expect((await bounded.log()).filter(isAboutSeries)).toEqual([
      expect.stringMatching(/more than 2000 .*--max-series.* ethtool\.statistic/),
    ])
    expect((await unbounded.log()).filter(isAboutSeries)).toEqual([])
  }, 120_000)

  it('does not read and hardly holds 10,000 interfaces of pods that it was not asked for', async () => {
    await using alone = await networkNamespace(1)
    await using crowded = await networkNamespace(1)
    await addPods(crowded, 5_000)
    await using aloneStore = await storeIn(alone)
    await using crowdedStore = await storeIn(crowded)
    await using one = await agent(alone, aloneStore, 'alone', ['--include', 'nic*'])
    await using other = await agent(crowded, crowdedStore, 'crowded', ['--include', 'nic*'])

    const [few, many] = await Promise.all([one.wholeExport(), other.wholeExport()])
    expect(seriesOf(many)).toEqual(seriesOf(few))
    expect([value(many, 'ena_otel.interfaces'), readsOfASweep(many)]).toEqual([1, readsOfASweep(few)])
    expect(other.residentMB() - one.residentMB()).toBeLessThan(MORE_MEMORY)
    tell('10,000 interfaces of pods', many, other.residentMB(), one.residentMB())
  }, 120_000)

  it('sends no more series than it may when all of 10,000 interfaces are asked for', async () => {
    await using namespace = await networkNamespace(0)
    await addPods(namespace, 5_000)
    await using store = await storeIn(namespace)
    await using bounded = await agent(namespace, store, 'bounded', ['--include', '*', '--statistics', '.'])
    const sent = await bounded.exports(EXPORTS)
    expect(Math.max(...sent.map((points) => seriesOf(points).size))).toBeLessThanOrEqual(MOST)
    const now = most(sent)
    expect(value(now, 'ena_otel.interfaces')).toBe(256)
    expect(value(now, 'ena_otel.series.cut')).toBeGreaterThan(0)
    tell('256 of 10,000 interfaces', now, bounded.residentMB())
  }, 120_000)

  it('leaves out statistics of 4,000 queues rather than any other counter', async () => {
    await using alone = await networkNamespace(1)
    await using namespace = await networkNamespace(0)
    // veth has 7 statistics of each queue that receives and 2 of each that transmits (drivers/net/veth.c).
    const queues = 'numrxqueues 512 numtxqueues 512'
    await namespace.exec(['sh', '-ec', `ip link add nic0 ${queues} type veth peer name peer0 ${queues}`])
    await namespace.exec(['ip', 'link', 'set', 'nic0', 'up'])
    await using aloneStore = await storeIn(alone)
    await using store = await storeIn(namespace)
    await using one = await agent(alone, aloneStore, 'alone', ['--include', 'nic*'])
    await using other = await agent(namespace, store, 'queues', ['--include', 'nic*', '--statistics', '_queue_'])

    const [few, sent] = await Promise.all([one.wholeExport(), other.exports(EXPORTS)])
    expect(Math.max(...sent.map((points) => seriesOf(points).size))).toBeLessThanOrEqual(MOST)
    const many = most(sent)
    expect([...seriesOf(few)].filter(isAlways).filter((series) => !seriesOf(many).has(series))).toEqual([])
    // What is counted is of the export before, and where that has peaks, each of the four takes the place of a statistic.
    const cut = Math.max(...sent.map((points) => value(points, 'ena_otel.series.cut')))
    const sentOrCut = [...seriesOf(many)].filter(isOfDriver).length + cut
    expect(sentOrCut).toBeGreaterThanOrEqual(512 * 9)
    expect(sentOrCut).toBeLessThanOrEqual(512 * 9 + 4)
    expect(other.residentMB() - one.residentMB()).toBeLessThan(MORE_MEMORY)
    tell('4,608 statistics of queues', many, other.residentMB(), one.residentMB())
  }, 120_000)
})

/** Enough that a series which comes and goes would be seen, and a line of the log that comes each time. */
const EXPORTS = 4

/** Two interfaces each. Down: the kernel would take half a minute to set them up, and as long to take them away. */
async function addPods(namespace: NetworkNamespace, count: number): Promise<void> {
  const pods = Array.from({ length: count }, (_, i) => `link add pod${i} type veth peer name eni${i}\n`)
  expect(await namespace.exec(['ip', '-batch', '-'], { input: pods.join('') })).toMatchObject({ status: 0, stderr: '' })
}

function storeIn(namespace: NetworkNamespace): Promise<Collector> {
  return collector({ within: (command) => namespace.command(command) })
}

interface RunningAgent extends AsyncDisposable {
  /** The points of so many exports, the second one and those after it. */
  readonly exports: (count: number) => Promise<readonly (readonly FlatPoint[])[]>
  /** Those of the largest of EXPORTS. */
  readonly wholeExport: () => Promise<readonly FlatPoint[]>
  readonly residentMB: () => number
  /** Ends it, and sees that it ended well. */
  readonly stop: () => Promise<void>
  /** Its lines. After `stop`. */
  readonly log: () => Promise<readonly string[]>
}

/** Runs it in a namespace; it pushes to `store`, which is there too, each second. @param name tells it from others there */
async function agent(
  namespace: NetworkNamespace,
  store: Collector,
  name: string,
  args: readonly string[],
): Promise<RunningAgent> {
  const options = ['--endpoint', `http://${store.grpcEndpoint}`, '--node-name', name, '--health-port', 'off']
  const command = enaOtel('run', '--export-interval', '1s', ...options, ...args)
  const [program = '', ...rest] = namespace.command(['setpriv', '--pdeathsig', 'KILL', ...command])
  const child = spawn(program, rest, { cwd: REPOSITORY, env: COMPLETE, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  const log = text(child.stderr)
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const [status] = await exited
    if (status !== 0) throw new Error(`the agent ended with ${status}\n${await log}`)
  }
  await once(child, 'spawn')
  const exports: RunningAgent['exports'] = async (count) => {
    // Without the first one, in which the agent has no series yet, and without the last one, of which some may be missing.
    const requests = await store.receivedWhen(
      (all) => byExport(of(name, all)).length >= count + 2,
      AbortSignal.timeout(60_000),
    )
    return byExport(of(name, requests)).slice(1, count + 1)
  }
  return {
    exports,
    wholeExport: async () => most(await exports(EXPORTS)),
    // Source: /proc/PID/status, VmRSS. `ip netns exec` and `setpriv` become the program.
    residentMB: () =>
      (Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))![1]) * 1024) / 1e6,
    stop,
    log: async () => (await log).trim().split('\n'),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) await stop()
    },
  }
}

function of(node: string, requests: readonly OtlpRequest[]): readonly FlatPoint[] {
  return flatPoints(requests).filter(({ resource }) => resource['k8s.node.name'] === node)
}

/** An export may come in several requests. Its own metrics have the time at which the export began; the counters are read after it. */
function byExport(points: readonly FlatPoint[]): readonly (readonly FlatPoint[])[] {
  const times = points.flatMap(({ metric, timeMs }) => (metric === 'ena_otel.sweeps' ? [timeMs] : []))
  return times.map((time, i) =>
    points.filter(({ timeMs }) => timeMs >= time && timeMs < (times[i + 1] ?? Number.POSITIVE_INFINITY)),
  )
}

/** The export with the most points. Where reading is slow, samples are further apart than exports, and some have nothing new. */
function most(exports: readonly (readonly FlatPoint[])[]): readonly FlatPoint[] {
  return exports.toSorted((a, b) => b.length - a.length)[0]!
}

/** Metric and attributes, as one text. */
function seriesOf(points: readonly FlatPoint[]): ReadonlySet<string> {
  return new Set(points.map(({ metric, attributes }) => `${metric} ${JSON.stringify(attributes)}`))
}

function isOfDriver(series: string): boolean {
  return series.startsWith('ethtool.statistic')
}

/** Of the series with their peaks, one each of bytes and packets, which few exports have on a machine with much to do. */
function countOf(series: ReadonlySet<string>): number {
  const names = [...series].filter((one) => !one.includes('.peak '))
  return names.length + names.filter((one) => /^system\.network\.(io|packet\.count) /.test(one)).length
}

/** An export has peaks only where a second has passed since the one before. */
function isAlways(series: string): boolean {
  return !isOfDriver(series) && !series.includes('.peak ')
}

function isAboutSeries(line: string): boolean {
  return line.includes('--max-series')
}

/** The value of a metric without attributes. */
function value(points: readonly FlatPoint[], name: string): number {
  return points.find(({ metric }) => metric === name)!.value
}

/** How often a source is read in one sweep: the same in each. */
function readsOfASweep(points: readonly FlatPoint[]): number {
  const reads = points.filter(({ metric }) => metric === 'ena_otel.reads')
  return reads.reduce((sum, { value }) => sum + value, 0) / value(points, 'ena_otel.sweeps')
}

/** What a reader of the run's log may want to know, and what no test may ask of a machine. */
function tell(what: string, points: readonly FlatPoint[], residentMB: number, besideMB?: number): void {
  const ms = (value(points, 'ena_otel.sweep.time') / value(points, 'ena_otel.sweeps')) * 1000
  const beside = besideMB === undefined ? '' : ` (${besideMB.toFixed(0)} MB without them)`
  console.log(`${what}: ${ms.toFixed(2)} ms a sweep, ${residentMB.toFixed(0)} MB resident${beside}`)
}
