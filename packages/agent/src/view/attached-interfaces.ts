// The interfaces that are read, as a view needs them.
import type { InterfaceReader } from '@ena-otel/metrics/src/sampling/attachments.ts'
import type { Counts } from '@ena-otel/metrics/src/sampling/counts.ts'
import { identity, type NetworkInterface } from '@ena-otel/metrics/src/interfaces/interface.ts'
import type { Sweep } from '@ena-otel/metrics/src/sampling/sweep.ts'
import type { Tracker } from '@ena-otel/metrics/src/sampling/tracker.ts'

export interface AttachedInterface extends Pick<NetworkInterface, 'name' | 'driver' | 'mac'> {
  /** Stays the same when it is renamed, and is another one when it is attached again. */
  readonly key: string
  /** `undefined` while it isn't known, or where there is none. */
  readonly eniId: string | undefined
  /** `down`: not up, so it has no statistics; `unread`: they couldn't be read in the last sweep. */
  readonly state: 'up' | 'down' | 'unread'
  /** What can't be read at the moment. */
  readonly unreadable: ReadonlySet<InterfaceReader>
}

export interface InterfaceSource {
  readonly sweep: Pick<Sweep, 'attachments' | 'problems'>
  readonly counts: Pick<Counts, 'lastSweepTime'>
  readonly eniId: (mac: string) => string | undefined
}

/** The interfaces of the last sweep, in the order of their attachment. */
export function attachedInterfaces({ sweep, counts, eniId }: InterfaceSource): readonly AttachedInterface[] {
  const problems = sweep.problems()
  return sweep.attachments().map(({ interface: nic, readings }) => {
    const { name, driver, mac, index } = nic
    const unreadable = new Set(
      (['statistics', 'ethtool'] as const).filter((reader) => problems.has(`${name} ${reader}`)),
    )
    const state = wasRead(readings.find(({ reader }) => reader === 'statistics')?.tracker, counts.lastSweepTime)
      ? 'up'
      : unreadable.has('statistics')
        ? 'unread'
        : 'down'
    return { name, driver, mac, key: `${identity(nic)} ${index}`, eniId: eniId(mac), state, unreadable }
  })
}

function wasRead(tracker: Tracker | undefined, sweepTime: number): boolean {
  for (const { series } of tracker?.tracked() ?? []) if (series.time >= sweepTime) return true
  return false
}
