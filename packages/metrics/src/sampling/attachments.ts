// The interfaces that are being read, each with its readings: they begin at attachment, end at detachment and continue through a rename.
import { identity, type NetworkInterface } from '../interfaces/interface.ts'
import type { Log } from '../log.ts'
import { INTERFACE_READERS, interfaceSource, type Origin, type ReaderOptions } from './sources.ts'
import type { Reading } from './reading.ts'
import type { TrackedCounter } from './tracker.ts'

export interface Attachment extends Origin {
  /** With its current name. */
  interface: NetworkInterface
  /** How often it was renamed. */
  renames: number
  readonly readings: readonly Reading[]
}

export interface Attachments {
  /** Brings the attachments in line with the interfaces to read. `origin` says since when the counters of a new one count. */
  readonly update: (found: readonly NetworkInterface[], origin: (nic: NetworkInterface) => Origin) => void
  /** The same array until they change. */
  readonly list: () => readonly Attachment[]
  readonly close: () => void
}

/** @param onLeaving called with each attachment that is about to lose its name, because it ended or was renamed */
export function createAttachments(
  options: ReaderOptions,
  log: Log,
  onLeaving: (attachment: Attachment) => void,
): Attachments {
  const byIdentity = new Map<string, Attachment>()
  let list: readonly Attachment[] = []

  const end = (attachment: Attachment): void => {
    closeAll(attachment)
    onLeaving(attachment)
    log.info({ interface: attachment.interface.name }, `${attachment.interface.name}: detached`)
  }

  return {
    list: () => list,
    close: () => {
      for (const attachment of list) closeAll(attachment)
    },
    update: (found, origin) => {
      // An ENI that comes back has the same MAC and bus address, but a new index, and counts from 0: a new attachment.
      const present = new Map(found.map((nic) => [`${identity(nic)} ${nic.index}`, nic]))
      for (const [key, attachment] of byIdentity) {
        if (present.has(key)) continue
        byIdentity.delete(key)
        end(attachment)
      }
      for (const [key, nic] of present) {
        const known = byIdentity.get(key)
        if (!known) {
          byIdentity.set(key, attach(nic, origin(nic), options))
          log.info({ ...nic }, `${nic.name}: attached (driver ${nic.driver ?? 'none'}, ${nic.mac})`)
        } else if (known.interface.name !== nic.name) {
          log.info({ interface: nic.name }, `${known.interface.name}: renamed to ${nic.name}`)
          onLeaving(known)
          rename(known, nic)
        }
      }
      list = [...byIdentity.values()]
    },
  }
}

function attach(nic: NetworkInterface, origin: Origin, options: ReaderOptions): Attachment {
  const owner = { ...origin, interface: nic, renames: 0 }
  const readings = INTERFACE_READERS.map((reader): Reading => {
    const source = interfaceSource(reader, owner, options)
    return { ...source, what: `${nic.name} ${reader}`, isStale: true, isDown: false }
  })
  return Object.assign(owner, { readings }) // the same object: the sources see it renamed
}

function rename(attachment: Attachment, nic: NetworkInterface): void {
  attachment.interface = nic
  attachment.renames += 1
  for (const reading of attachment.readings) {
    reading.what = `${nic.name} ${reading.reader}`
    reading.isStale = true
  }
}

function closeAll({ readings }: Attachment): void {
  for (const { tracker } of readings) tracker?.close()
}

/** Every counter of an interface that was read at least once. */
export function* trackedCounters({ readings }: Attachment): Iterable<TrackedCounter> {
  for (const { tracker } of readings) if (tracker) yield* tracker.tracked()
}
