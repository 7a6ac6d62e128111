// The interfaces that are read, as a view needs them.
import { identity, type NetworkInterface } from '../interfaces/interface.ts'
import { INTERFACE_READERS, type InterfaceReader } from './sources.ts'
import type { Sweep } from './sweep.ts'

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

/** The interfaces of the last sweep, in the order of their attachment. */
export function attachedInterfaces(
  sweep: Pick<Sweep, 'attachments' | 'problems'>,
  eniId: (mac: string) => string | undefined,
): readonly AttachedInterface[] {
  const problems = sweep.problems()
  return sweep.attachments().map(({ interface: nic, readings }) => {
    const { name, driver, mac, index } = nic
    const unreadable = new Set(INTERFACE_READERS.filter((reader) => problems.has(`${name} ${reader}`)))
    const state = unreadable.has('statistics') ? 'unread' : readings.some(({ isDown }) => isDown) ? 'down' : 'up'
    return { name, driver, mac, key: `${identity(nic)} ${index}`, eniId: eniId(mac), state, unreadable }
  })
}
