// Whatever a node, its driver and the agent go through: what a store makes of the points never exceeds what was truly counted, and
// equals it but for what happened while nobody could read.
import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'

import { trackedCounters } from '../src/sampling/attachments.ts'
import { createNodePoints } from '../src/node-points.ts'
import { monotonicClock } from '../src/sampling/clock.ts'
import { createCounts } from '../src/sampling/counts.ts'
import { createSelection } from '../src/interfaces/selection.ts'
import { watchInterfaces } from '../src/interfaces/watch.ts'
import type { Log } from '../src/log.ts'
import type { MetricPoints } from '../src/points/points.ts'
import { COUNTERS } from '../src/table.ts'
import type { Coverage } from '../src/readers/block.ts'
import { isSampled, type Series } from '../src/sampling/series.ts'
import { createSweep, type Sweep } from '../src/sampling/sweep.ts'
import {
  ALLOWANCES,
  BEGIN,
  createEni,
  createKernel,
  type Device,
  type Driver,
  type Eni,
  type FileSystem,
} from './model/kernel.ts'
import { type Kernel, type Key, KEYS, type Rise, standsStill } from './model/kernel.ts'
import { createStore, type Store } from './model/store.ts'
import { runs } from './model/runs.ts'

const edge = vi.hoisted(() => ({ files: undefined as unknown }))
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>()
  const files = (): FileSystem => edge.files as FileSystem
  const isModel = (path: unknown): path is string => typeof path === 'string' && path.startsWith('/model/')
  const DESCRIPTORS = 1_000_000
  return {
    ...real,
    readdirSync: (path: string, ...rest: []) =>
      isModel(path) ? files().readdir(path) : real.readdirSync(path, ...rest),
    realpathSync: (path: string, ...rest: []) =>
      isModel(path) ? files().realpath(path) : real.realpathSync(path, ...rest),
    readFileSync: (path: string, ...rest: []) =>
      isModel(path) ? files().readFile(path) : real.readFileSync(path, ...rest),
    openSync: (path: string, flags: string) =>
      isModel(path) ? DESCRIPTORS + files().open(path) : real.openSync(path, flags),
    closeSync: (fd: number) => (fd >= DESCRIPTORS ? undefined : real.closeSync(fd)),
    readvSync: (fd: number, buffers: readonly Buffer[], position: number) =>
      fd >= DESCRIPTORS
        ? buffers[0]!.write(files().read(fd - DESCRIPTORS), 'latin1')
        : real.readvSync(fd, buffers, position),
  }
})

// ---- what can happen

interface Counted {
  readonly eni: number
  readonly key: Key
  readonly count: number
  /** Where in the time that passes, 0 to 1. */
  readonly at: number
}

const ENIS = 2
const eni = fc.nat({ max: ENIS - 1 })
const key = fc.constantFrom(...KEYS)
const count = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 5000 }))
const at = fc.double({ min: 0, max: 1, noNaN: true })
const rises = fc.array(fc.record({ eni, key, count, at }), { maxLength: 4 })
/** Of the first counter that is read: what rises while that read waits. */
const meanwhile = fc.array(
  fc.record({ eni: fc.constant(0), key: fc.constantFrom<Key>('rx_packets', 'tx_bytes'), count, at }),
  { minLength: 3, maxLength: 6 },
)
const aboutOneSecond = fc.integer({ min: 980, max: 1020 })
const isMeanwhile = fc.boolean()

/** What each kind of step takes. */
const STEPS = {
  tick: {
    ms: fc.oneof(aboutOneSecond, fc.constantFrom(100, 475, 1000), fc.integer({ min: 100, max: 40_000 })),
    rises,
    coverage: fc.constantFrom<Coverage>('sampled', 'all'),
  },
  /** Samples that follow each other closely, and a counter that rises before each. */
  burst: {
    eni,
    key,
    counts: fc.array(count, { minLength: 3, maxLength: 12 }),
    ms: fc.constantFrom(100, 317, 475, 990, 1000, 1010),
  },
  export: {},
  fail: { eni, times: fc.integer({ min: 1, max: 3 }), isCounted: fc.boolean() },
  reset: { eni },
  'reset ends': { eni, isMeanwhile },
  down: { eni },
  up: { eni },
  attach: { eni },
  detach: { eni },
  replace: { eni, isMeanwhile },
  move: { eni },
  rename: { eni, isBack: fc.boolean() },
  'take name': { eni },
  swap: { isMeanwhile },
  suspend: { eni },
  resume: { eni },
  queues: { eni },
  refuse: { eni },
  identify: { eni },
  'set clock': { ms: fc.integer({ min: -600_000, max: 3_600_000 }) },
  sleep: { ms: fc.integer({ min: 1000, max: 3_600_000 }), rises },
  'slow read': { ms: fc.integer({ min: 100, max: 3000 }), rises: fc.oneof(rises, meanwhile) },
  restart: { isKilled: fc.boolean(), ms: fc.integer({ min: 100, max: 60_000 }), rises },
}
type Kind = keyof typeof STEPS
type StepOf<K extends Kind> = { readonly kind: K } & {
  readonly [F in keyof (typeof STEPS)[K]]: (typeof STEPS)[K][F] extends fc.Arbitrary<infer Value> ? Value : never
}
type Step = { [K in Kind]: StepOf<K> }[Kind]

/** How often a kind comes. Default: once. */
const WEIGHTS: Partial<Record<string, number>> = {
  tick: 12,
  burst: 4,
  export: 4,
  fail: 3,
  attach: 2,
  replace: 2,
  'slow read': 2,
  restart: 2,
}
const step = fc.oneof(
  ...Object.entries(STEPS).map(([kind, fields]) => ({
    weight: WEIGHTS[kind] ?? 1,
    arbitrary: fc.record({ kind: fc.constant(kind), ...fields }),
  })),
) as unknown as fc.Arbitrary<Step>

const driver: fc.Arbitrary<Driver> = fc.record({
  habit: fc.constantFrom('zero', 'cached', 'garbage'),
  countsResets: fc.boolean(),
  keepsTraffic: fc.boolean(),
  resetClears: fc.boolean(),
  upClears: fc.boolean(),
})

// ---- the agent in the model

/** A read that the agent believed, and what a store has to have counted once it is exported. */
interface Believed {
  readonly time: number
  readonly value: number
  expected: number
  /** What is in it from before the agent began, because its first sample goes on in the series of the agent before. */
  readonly before: number
}

const LOG: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const idOf = (mac: string): string => `eni-${mac.slice(-2)}`
/** Stands for the series without an id. */
const earlyIdOf = (mac: string): string => `early-${mac.slice(-2)}`
const ROWS = new Map(KEYS.map((key) => [key, COUNTERS.find((row) => row.key === key)!]))

interface Run {
  readonly kernel: Kernel
  readonly enis: Eni[]
  readonly store: Store
  /** By ENI and counter: the highest peak that was told. */
  readonly peaks: Map<string, number>
  readonly believed: Map<string, Believed[]>
  readonly hasUncountedRepeat: () => boolean
  /** How often the wall clock was set forward, which passes for a sleep: a second may be over that wasn't. */
  readonly timesSetForward: () => number
}

function play(
  kind: Driver,
  temporality: 'cumulative' | 'delta',
  detail: 'changes' | 'full',
  hasIds: boolean,
  steps: readonly Step[],
): Run {
  const kernel = createKernel(kind)
  edge.files = kernel.files
  const { clock } = kernel
  const enis = Array.from({ length: ENIS }, (_, i) => createEni(`0a:00:00:00:00:0${i}`))
  const current: Device[] = enis.map((one, i) => kernel.attach(one, `eth${i}`))
  for (const device of current) for (const key of KEYS) device.counted[key] = 100 // counted before anybody looked
  const store = createStore(temporality)
  const peaks = new Map<string, number>()
  const believed = new Map<string, Believed[]>()
  let names = 0
  let lifeBegan = BEGIN
  let hasUncountedRepeat = false
  let wasSetBack = false
  let timesSetForward = 0
  let swaps = 0
  /** An interface exports under attributes that were told of before: an agent that begins then knows nothing of it (ARCHITECTURE.md). */
  let isNameUsedAgain = false
  /** Nor of the names before it began. */
  let areOldNamesUnknown = false
  const renamed = new Set<Device>()
  const moved = new Set<Device>()
  /** The latest that the wall clock ever told. */
  let latest = BEGIN
  /** In another network namespace. */
  const away = new Set<Device>()
  /** Whose ids the metadata service has told. */
  const identified = new Set<string>()
  const eniId = (mac: string): string | undefined => {
    if (!hasIds) return undefined
    return identified.has(mac) ? idOf(mac) : earlyIdOf(mac)
  }

  let sweep: Sweep
  let collect: (wanted: 'all' | 'risen') => readonly MetricPoints[]
  let series: Map<string, Series>
  let seen: Set<number>
  /** What was exported in this life of the agent, and as what it was exported last in any. */
  let told: Set<string>
  let toldUntil: Map<string, number | undefined>
  const toldAs = new Map<string, string>()
  let read: WeakMap<Series, number>

  const begin = (): void => {
    series = new Map()
    told = new Set()
    toldUntil = new Map()
    lifeBegan = clock.now()
    read = new WeakMap()
    const counts = createCounts()
    const oneClock = monotonicClock(clock)
    sweep = createSweep({
      ethtool: kernel.ethtool,
      watch: watchInterfaces(kernel.sysfs, createSelection({ include: [], exclude: [], driver: [] }), kernel.changed),
      sysfs: kernel.sysfs,
      procfs: '/model/proc',
      statistics: /^queue_/,
      bootTime: BEGIN - 86_400_000,
      clock: oneClock,
      counts,
      log: LOG,
      detail,
    })
    const instanceId = (): undefined => undefined
    const { ethtool, sysfs } = kernel
    const parts = { sweep, counts, ethtool, eniId, instanceId, sysfs, clock: oneClock, log: LOG }
    collect = createNodePoints({ ...parts, temporality, compat: [] })
    kernel.changed()
    seen = new Set(kernel.devices.filter(({ isThere }) => isThere).map(({ index }) => index))
  }

  /** Takes note of what was believed in the sweep just now. */
  const note = (): void => {
    for (const attachment of sweep.attachments()) {
      const device = kernel.devices.find(({ index }) => index === attachment.interface.index)!
      for (const { counter, series: one } of trackedCounters(attachment)) {
        const key = counter.key as Key
        if (!ROWS.has(key) || !isSampled(one) || one.time === read.get(one)) continue
        const isFirst = !read.has(one)
        read.set(one, one.time)
        const name = `${device.eni.mac} ${key}`
        series.set(name, one)
        const log = believed.get(name) ?? []
        believed.set(name, log)
        const last = log.at(-1)
        if (one.value !== last?.value && !hasUncountedRepeat)
          expect(one.value, `${key} was made up`).toBeLessThanOrEqual(device.counted[key])
        const before = last?.expected ?? 0
        const isSinceZero = isFirst && !seen.has(device.index)
        const isLevel = isFirst && !isSinceZero && (temporality === 'delta' || !last)
        let added = 0
        if (isSinceZero) added = one.value
        else if (!isLevel) added = one.value < last!.value ? one.value : one.value - last!.value
        log.push({
          time: one.time,
          value: one.value,
          expected: before + added,
          before: isFirst && !isSinceZero ? added : 0,
        })
      }
    }
  }

  const exportNow = (wanted: 'all' | 'risen'): void => {
    const metrics = collect(wanted)
    store.take(metrics)
    for (const { metric, points } of metrics) {
      if (!metric.name.endsWith('.peak')) continue
      for (const { attributes, value } of points) {
        const row = COUNTERS.find(
          ({ peak, attributes: own }) =>
            peak === metric.name && Object.entries(own).every(([name, text]) => attributes[name] === text),
        )!
        const name = `${attributes['ena.eni.id']?.replace('early-', 'eni-')} ${row.key}`
        peaks.set(name, Math.max(peaks.get(name) ?? 0, value))
      }
    }
    // Under another name than the agent before it has told, a first sample begins a series.
    for (const [name, { exported }] of series) {
      toldUntil.set(name, exported.point?.time)
      const exportedAs = exported.set?.attributes
      if (exportedAs === undefined) continue
      if (!told.has(name) && toldAs.get(name) !== exportedAs) {
        const inLife = believed.get(name)!.filter(({ time }) => time >= lifeBegan)
        const { before } = inLife[0]!
        for (const one of inLife) one.expected -= before
      }
      told.add(name)
      toldAs.set(name, exportedAs)
    }
    for (const key of KEYS) expectNothingInvented(enis, key, store)
  }

  const sample = (coverage: Coverage): void => {
    latest = Math.max(latest, clock.now())
    const { hasRisen } = sweep.run(coverage)
    kernel.pass(wasSetBack ? 200 : 2) // no two sweeps begin in the same millisecond
    note()
    if (hasRisen) exportNow('risen')
  }

  const pass = (ms: number, counted: readonly Counted[], go = kernel.pass): void => {
    let passed = 0
    for (const { eni: which, key, count, at } of counted.toSorted((a, b) => a.at - b.at)) {
      const until = Math.floor(at * ms)
      go(until - passed)
      passed = until
      const device = current[which]!
      if (standsStill(kind, key)) continue
      if ((device.isThere || away.has(device)) && (ALLOWANCES.includes(key) || device.isUp))
        kernel.rise(device, key, count)
    }
    go(ms - passed)
  }

  const attach = (which: number, isAnother: boolean): void => {
    const old = current[which]!
    if (!isAnother && old.isThere) return
    if (old.isThere) kernel.detach(old)
    away.delete(old) // it stays where it is
    if (isAnother) enis.push(createEni(`0a:00:00:00:01:${String(enis.length).padStart(2, '0')}`))
    current[which] = kernel.attach(isAnother ? enis.at(-1)! : old.eni, old.name)
  }

  const ACTIONS: { readonly [K in Kind]: (now: StepOf<K>) => void } = {
    tick: ({ ms, rises: counted, coverage }) => {
      pass(ms, counted)
      sample(coverage)
    },
    burst: ({ eni: which, key: one, counts, ms }) => {
      for (const rise of counts) {
        pass(ms, [{ eni: which, key: one, count: rise, at: 0.5 }])
        sample('sampled')
      }
    },
    export: () => {
      sample('all')
      exportNow('all')
    },
    fail: ({ eni: which, times, isCounted }) => {
      const device = current[which]!
      if (!device.isAnswering) return
      device.isAnswering = false
      device.failing = times
      device.isFailureCounted = isCounted
      if (!isCounted && kind.habit === 'cached') hasUncountedRepeat = true
    },
    reset: ({ eni: which }) => kernel.beginReset(current[which]!),
    'reset ends': ({ eni: which, isMeanwhile }) => {
      const device = current[which]!
      if (!isMeanwhile) return kernel.endReset(device)
      kernel.meanwhile = () => kernel.endReset(device)
      kernel.meanwhileAt = 1
    },
    down: ({ eni: which }) => kernel.setUp(current[which]!, false),
    up: ({ eni: which }) => kernel.setUp(current[which]!, true),
    detach: ({ eni: which }) => {
      if (current[which]!.isThere) kernel.detach(current[which]!)
    },
    rename: ({ eni: which, isBack }) => {
      const device = current[which]!
      if (!device.isThere || moved.has(device)) return
      const firstName = `eth${which}`
      const isFree =
        !areOldNamesUnknown &&
        kernel.devices.every((one) => (!one.isThere && !current.includes(one)) || one.name !== firstName)
      if (isBack && isFree) isNameUsedAgain = true
      renamed.add(device)
      kernel.rename(device, isBack && isFree ? firstName : `name${++names}`)
    },
    'take name': ({ eni: which }) => {
      const device = current[which]!
      const other = current[1 - which]!
      if (!device.isThere || !other.isThere || moved.has(device) || moved.has(other) || areOldNamesUnknown) return
      const { name } = device
      kernel.detach(other)
      kernel.rename(device, other.name)
      other.name = name // should it come back
      renamed.add(device)
      isNameUsedAgain = true
    },
    move: ({ eni: which }) => {
      const device = current[which]!
      if (away.delete(device)) return kernel.moveBack(device)
      // One that the agent has never seen is taken for a new one when it comes.
      const isSeen = sweep.attachments().some(({ interface: { index } }) => index === device.index)
      // And one that comes back under a name, or with an id, that no point was told of begins a series.
      const isTold = KEYS.every(
        (key) => toldAs.get(`${device.eni.mac} ${key}`)?.includes(eniId(device.eni.mac) ?? '') ?? true,
      )
      if (!device.isThere || !isSeen || renamed.has(device) || !isTold) return
      away.add(device)
      moved.add(device)
      seen.add(device.index)
      kernel.moveAway(device)
    },
    swap: ({ isMeanwhile }) => {
      const swap = (): void => {
        if (areOldNamesUnknown || current.some((device) => !device.isThere || moved.has(device))) return
        kernel.swap(current[0]!, current[1]!)
        for (const device of current) renamed.add(device)
      }
      swaps++
      if (swaps > 1 || !hasIds) isNameUsedAgain = true
      kernel.meanwhileAt = 0
      if (isMeanwhile) kernel.meanwhile = swap
      else swap()
    },
    identify: ({ eni: which }) => {
      const device = current[which]!
      if (!moved.has(device)) identified.add(device.eni.mac)
    },
    refuse: ({ eni: which }) => void current[which]!.refusing++,
    'set clock': ({ ms }) => {
      // A sleep between the same two reads could not be told from it.
      if (ms < 0) sample('sampled')
      latest = Math.max(latest, clock.now())
      kernel.setClock(Math.max(ms, latest - 590_000 - clock.now()))
      if (ms < 0) wasSetBack = true
      kernel.pass(200) // a hundredth of it is what the agent's clock goes on by
      if (ms < 0) sample('sampled')
      else timesSetForward++
    },
    suspend: ({ eni: which }) => {
      const device = current[which]!
      device.isSuspended = true
      device.events.suspend++
    },
    resume: ({ eni: which }) => void (current[which]!.isSuspended = false),
    queues: ({ eni: which }) => void (current[which]!.queues = (current[which]!.queues % 3) + 1),
    attach: ({ eni: which }) => attach(which, false),
    replace: ({ eni: which, isMeanwhile }) => {
      if (isMeanwhile) kernel.meanwhile = () => attach(which, true)
      else attach(which, true)
    },
    sleep: ({ ms, rises: counted }) => pass(ms, counted, kernel.sleep),
    'slow read': ({ ms, rises: counted }) => {
      kernel.meanwhile = () => pass(ms, counted)
    },
    restart: ({ isKilled, ms, rises: counted }) => {
      if (isNameUsedAgain) return
      if (isKilled) {
        // What was read and not exported is known to nobody.
        for (const [name, log] of believed) {
          const known = toldUntil.get(name) ?? Number.NaN
          while (log.length > 0 && log.at(-1)!.time >= lifeBegan && !(log.at(-1)!.time <= known)) log.pop()
        }
      } else {
        sample('all')
        exportNow('all')
      }
      sweep.close()
      for (const device of away) kernel.moveBack(device)
      away.clear()
      // An agent that begins knows nothing of a time that was told already.
      pass(Math.max(ms, wasSetBack ? latest + 20_000 - clock.now() : 0), counted)
      begin()
      sample('all')
      areOldNamesUnknown = renamed.size > 0
    },
  }
  begin()
  sample('all')
  for (const one of steps) (ACTIONS[one.kind] as (now: Step) => void)(one)

  // Everything is well in the end: then nothing is missing.
  if (wasSetBack) kernel.pass(600_000)
  for (const device of away) kernel.moveBack(device)
  away.clear()
  for (const [which, device] of current.entries()) {
    if (!device.isThere) attach(which, false)
    const now = current[which]!
    kernel.endReset(now)
    kernel.setUp(now, true)
    Object.assign(now, { failing: 0, refusing: 0, isSuspended: false })
  }
  const one = (key: Key): Counted[] => current.map((_, i) => ({ eni: i, key, count: 1, at: 0.5 }))
  for (let i = 0; i < 8; i++)
    ACTIONS.tick({ kind: 'tick', ms: 1000, rises: [...one('rx_packets'), ...one('tx_bytes')], coverage: 'all' })
  exportNow('all')
  for (const device of current)
    for (const key of KEYS)
      expect(believed.get(`${device.eni.mac} ${key}`)?.at(-1)?.value, `${key} is up to date`).toBe(device.counted[key])
  sweep!.close()
  return {
    kernel,
    enis,
    store,
    peaks,
    believed,
    hasUncountedRepeat: () => hasUncountedRepeat,
    timesSetForward: () => timesSetForward,
  }
}

function increase(one: Eni, key: Key, store: Store): number {
  const { metric, attributes } = ROWS.get(key)!
  return ofBoth(one, (id) => store.increase(metric, { ...attributes, 'ena.eni.id': id }))
}

/** Of the series before and after its id was known. */
function ofBoth({ mac }: Eni, increaseOf: (id: string) => number): number {
  return increaseOf(idOf(mac)) + increaseOf(earlyIdOf(mac))
}

/** Without ids, interfaces that have the same name one after the other share their series: what counts is the sum. */
function expectNothingInvented(enis: readonly Eni[], key: Key, store: Store): void {
  const { metric, attributes } = ROWS.get(key)!
  const total = enis.reduce((sum, { truth }) => sum + truth[key].total, 0)
  expect(store.increase(metric, attributes), `${key} was invented`).toBeLessThanOrEqual(total)
  for (const one of enis)
    expect(increase(one, key, store), `${key} was invented`).toBeLessThanOrEqual(one.truth[key].total)
}

// ---- what must hold

function whatever(hasIds: boolean, holds: (run: Run) => void): void {
  fc.assert(
    fc.property(
      driver,
      fc.constantFrom('cumulative', 'delta'),
      fc.constantFrom('changes', 'full'),
      fc.array(step, { maxLength: 40, size: 'max' }),
      (kind, temporality, detail, steps) => holds(play(kind, temporality, detail, hasIds, steps)),
    ),
    runs,
  )
}

test('the increase in a store never exceeds the truth, and is no less than what was read', () => {
  whatever(true, ({ enis, store, believed }) => {
    for (const one of enis)
      for (const key of KEYS) {
        const expected = believed.get(`${one.mac} ${key}`)?.at(-1)?.expected ?? 0
        expect(increase(one, key, store), `${key} was lost`).toBeGreaterThanOrEqual(expected)
      }
    expect(store.refused).toEqual([])
  })
})

test('interfaces without an id may have the names of others: nothing is invented, and no point goes back', () => {
  whatever(false, ({ store }) => {
    expect(store.refused).toEqual([])
  })
})

test('no peak is higher than the highest rate of any second or more', () => {
  whatever(true, ({ enis, peaks, hasUncountedRepeat }) => {
    // A repeat that the driver doesn't count is taken for a quiet second, and the next one for two.
    if (hasUncountedRepeat()) return
    for (const one of enis)
      for (const key of KEYS) {
        const peak = peaks.get(`${idOf(one.mac)} ${key}`) ?? 0
        expect(peak, key).toBeLessThanOrEqual(highestRate(one.truth[key].rises) * (1 + 1e-9))
      }
  })
})

test('no more seconds are counted as throttled than there were with a rise in them', () => {
  whatever(true, ({ enis, store, timesSetForward }) => {
    for (const one of enis)
      for (const key of ALLOWANCES) {
        const { throttled, attributes } = ROWS.get(key)!
        const seconds = ofBoth(one, (id) => store.increase(throttled!, { ...attributes, 'ena.eni.id': id }))
        expect(seconds, key).toBeLessThanOrEqual(mostSeconds(one.truth[key].rises) + timesSetForward())
      }
  })
})

/** A second, with what rises at its very ends. */
function highestRate(all: readonly Rise[]): number {
  let highest = 0
  for (let i = 0; i < all.length; i++) {
    let sum = 0
    for (let j = i; j < all.length; j++) {
      sum += all[j]!.count
      highest = Math.max(highest, sum / Math.max(1, (all[j]!.time - all[i]!.time) / 1000))
    }
  }
  return highest
}

/** How many seconds in a row may each hold a rise: of three, the middle one lies between a rise in the first and one in the third. */
function mostSeconds(all: readonly Rise[]): number {
  const chosen: number[] = []
  for (const { time } of all) {
    if (time === chosen.at(-1)) continue
    if (chosen.length < 2 || time - chosen.at(-2)! >= SHORTEST_SECOND_MS) chosen.push(time)
  }
  return chosen.length
}

/** Samples come a little early or late. */
const SHORTEST_SECOND_MS = 900
