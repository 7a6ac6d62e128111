// What each kind of step does to the kernel and the agent.
import type { Agent } from './agent.ts'
import type { History } from './history.ts'
import { ALLOWANCES, createEni, type Device, type Driver, type Eni, type Kernel, standsStill } from './kernel.ts'
import { type Counted, ENIS, type Kind, type Step, type StepOf } from './steps.ts'

export interface Actions {
  /** All ENIs, also those that were replaced. */
  readonly enis: readonly Eni[]
  /** The devices of the attached ENIs, in the order of their first names. */
  readonly current: readonly Device[]
  readonly act: (step: Step) => void
  /** Ends every fault: all devices are attached, up and answer. */
  readonly recover: () => void
}

/** The actions on a kernel without devices. Attaches the first ones. */
export function createActions(
  driver: Driver,
  kernel: Kernel,
  agent: Agent,
  history: History,
  hasIds: boolean,
): Actions {
  const { clock } = kernel
  const enis = Array.from({ length: ENIS }, (_, i) => createEni(`0a:00:00:00:00:0${i}`))
  const current: Device[] = enis.map((one, i) => kernel.attach(one, `eth${i}`))
  const renamed = new Set<Device>()
  const moved = new Set<Device>()
  /** In another network namespace. */
  const away = new Set<Device>()
  let names = 0
  let swaps = 0
  /** An interface has attributes that another exported before: an agent that starts then cannot know it (ARCHITECTURE.md). */
  let isNameUsedAgain = false
  /** The agent started after a rename, or could not read an interface at its start: it does not know all names that were exported. */
  let areOldNamesUnknown = false

  const pass = (ms: number, counted: readonly Counted[], go = kernel.pass): void => {
    let passed = 0
    for (const { eni: which, key, count, at } of counted.toSorted((a, b) => a.at - b.at)) {
      const until = Math.floor(at * ms)
      go(until - passed)
      passed = until
      const device = current[which]!
      if (standsStill(driver, key)) continue
      if ((device.isThere || away.has(device)) && (ALLOWANCES.includes(key) || device.isUp))
        kernel.rise(device, key, count)
    }
    go(ms - passed)
  }

  const attach = (which: number, isAnother: boolean): void => {
    const old = current[which]!
    if (!isAnother && old.isThere) return
    if (old.isThere) kernel.detach(old)
    away.delete(old) // it stays in the other namespace
    if (isAnother) enis.push(createEni(`0a:00:00:00:01:${String(enis.length).padStart(2, '0')}`))
    current[which] = kernel.attach(isAnother ? enis.at(-1)! : old.eni, old.name)
  }

  const moveAllBack = (): void => {
    for (const device of away) kernel.moveBack(device)
    away.clear()
  }

  const ACTIONS: { readonly [K in Kind]: (now: StepOf<K>) => void } = {
    tick: ({ ms, rises, coverage }) => {
      pass(ms, rises)
      agent.sample(coverage)
    },
    burst: ({ eni, key, counts, ms }) => {
      for (const count of counts) {
        pass(ms, [{ eni, key, count, at: 0.5 }])
        agent.sample('sampled')
      }
    },
    export: () => {
      agent.sample('all')
      agent.exportNow('all')
    },
    fail: ({ eni, times, isCounted }) => {
      const device = current[eni]!
      if (!device.isAnswering) return
      device.isAnswering = false
      device.failing = times
      device.isFailureCounted = isCounted
      if (!isCounted && driver.habit === 'cached') history.hasUncountedRepeat = true
    },
    reset: ({ eni }) => kernel.beginReset(current[eni]!),
    'reset ends': ({ eni, isMeanwhile }) => {
      const device = current[eni]!
      if (!isMeanwhile) return kernel.endReset(device)
      kernel.meanwhile = () => kernel.endReset(device)
      kernel.meanwhileAt = 1
    },
    down: ({ eni }) => kernel.setUp(current[eni]!, false),
    up: ({ eni }) => kernel.setUp(current[eni]!, true),
    attach: ({ eni }) => attach(eni, false),
    detach: ({ eni }) => {
      if (current[eni]!.isThere) kernel.detach(current[eni]!)
    },
    replace: ({ eni, isMeanwhile }) => {
      if (isMeanwhile) kernel.meanwhile = () => attach(eni, true)
      else attach(eni, true)
    },
    move: ({ eni }) => {
      const device = current[eni]!
      if (away.delete(device)) return kernel.moveBack(device)
      // The agent takes a device that it has never read for a new one when it returns.
      // A device that returns with attributes that no point had starts a series.
      if (!device.isThere || !agent.reads(device) || renamed.has(device) || !agent.isExportedAsNow(device)) return
      // Where another one had the name, what is counted elsewhere is lost (ARCHITECTURE.md).
      if (kernel.devices.some((one) => one !== device && one.name === device.name)) return
      away.add(device)
      moved.add(device)
      agent.remember(device)
      kernel.moveAway(device)
    },
    rename: ({ eni, isBack }) => {
      const device = current[eni]!
      if (!device.isThere || moved.has(device)) return
      const firstName = `eth${eni}`
      const isFree =
        !areOldNamesUnknown &&
        kernel.devices.every((one) => (!one.isThere && !current.includes(one)) || one.name !== firstName)
      if (isBack && isFree) isNameUsedAgain = true
      renamed.add(device)
      kernel.rename(device, isBack && isFree ? firstName : `name${++names}`)
    },
    'take name': ({ eni }) => {
      const device = current[eni]!
      const other = current[1 - eni]!
      if (!device.isThere || !other.isThere || moved.has(device) || moved.has(other) || areOldNamesUnknown) return
      const { name } = device
      kernel.detach(other)
      kernel.rename(device, other.name)
      other.name = name // for when it returns
      renamed.add(device)
      isNameUsedAgain = true
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
    suspend: ({ eni }) => {
      const device = current[eni]!
      device.isSuspended = true
      device.events.suspend++
    },
    resume: ({ eni }) => void (current[eni]!.isSuspended = false),
    queues: ({ eni }) => void (current[eni]!.queues = (current[eni]!.queues % 3) + 1),
    refuse: ({ eni }) => void current[eni]!.refusing++,
    identify: ({ eni }) => {
      const device = current[eni]!
      if (!moved.has(device)) agent.identify(device)
    },
    'set clock': ({ ms }) => {
      // Sampled before and after: the agent could not tell it from a sleep between the same two reads.
      if (ms < 0) agent.sample('sampled')
      history.latest = Math.max(history.latest, clock.now())
      kernel.setClock(Math.max(ms, history.latest - 590_000 - clock.now()))
      if (ms < 0) history.wasClockSetBack = true
      kernel.pass(200) // the agent's clock goes on by a hundredth of it
      if (ms < 0) agent.sample('sampled')
      else history.timesSetForward++
    },
    sleep: ({ ms, rises }) => pass(ms, rises, kernel.sleep),
    'slow read': ({ ms, rises }) => {
      kernel.meanwhile = () => pass(ms, rises)
    },
    restart: ({ isKilled, ms, rises }) => {
      if (isNameUsedAgain) return
      if (isKilled) agent.kill()
      else agent.stop()
      moveAllBack()
      // A new agent does not know times that were exported before it started.
      pass(Math.max(ms, history.wasClockSetBack ? history.latest + 20_000 - clock.now() : 0), rises)
      agent.start()
      agent.sample('all')
      areOldNamesUnknown = renamed.size > 0 || current.some((device) => !agent.hasRead(device))
    },
  }

  return {
    enis,
    current,
    act: (step) => (ACTIONS[step.kind] as (now: Step) => void)(step),
    recover: () => {
      if (history.wasClockSetBack) kernel.pass(600_000)
      moveAllBack()
      for (const [which, device] of current.entries()) {
        if (!device.isThere) attach(which, false)
        const now = current[which]!
        kernel.endReset(now)
        kernel.setUp(now, true)
        Object.assign(now, { failing: 0, refusing: 0, isSuspended: false })
      }
    },
  }
}
