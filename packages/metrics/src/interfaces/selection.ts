// Which interfaces are read: by driver, not by name.
import { globMatcher, splitNegated } from './glob.ts'
import type { NetworkInterface } from './interface.ts'

export interface SelectionOptions {
  /** Globs of names to read as well, with or without a device; `!glob` leaves names out. */
  readonly include: readonly string[]
  /** Globs of names never to read. */
  readonly exclude: readonly string[]
  /** Globs of drivers; `!glob` leaves a driver out. */
  readonly driver: readonly string[]
}

/**
 * A function that picks the interfaces to read out of all there are.
 *
 * With nothing asked for: those of the driver `ena`, and if there is none, all that have a device. `include` and `driver`
 * replace that default; an interface is read when either asks for it. `exclude`, `!name` and `!driver` win over both.
 *
 * @throws Error with one line for a text that is not a glob, and for `!glob` in `exclude`
 */
export function createSelection(options: SelectionOptions): (all: readonly NetworkInterface[]) => NetworkInterface[] {
  const names = splitNegated(options.include)
  const drivers = splitNegated(options.driver)
  const byName = globMatcher(names.wanted)
  const byDriver = globMatcher(drivers.wanted)
  const excluded = globMatcher([...options.exclude, ...names.excluded])
  const excludedDriver = globMatcher(drivers.excluded)
  const asked = names.wanted.length > 0 || drivers.wanted.length > 0

  return (all) => {
    const allowed = all.filter(
      ({ name, driver }) => !excluded(name) && !(driver !== undefined && excludedDriver(driver)),
    )
    if (asked) return allowed.filter(({ name, driver }) => byName(name) || (driver !== undefined && byDriver(driver)))
    const ena = allowed.filter(({ driver }) => driver === 'ena')
    return ena.length > 0 ? ena : allowed.filter(({ bus }) => bus !== undefined)
  }
}

/**
 * The most that are read. Each takes 25 open files and up to 0.1 ms a second: `--include '*'` on a node with thousands of pods would
 * leave files for nothing else. No EC2 instance has as many ENIs.
 */
export const MAX_INTERFACES = 256

/** Those of the interfaces that are read when there are too many: first those with a device, of these the oldest. */
export function limitInterfaces(selected: readonly NetworkInterface[]): readonly NetworkInterface[] {
  if (selected.length <= MAX_INTERFACES) return selected
  const rank = ({ bus, index }: NetworkInterface): number => (bus === undefined ? 2 ** 32 : 0) + index
  return selected.toSorted((one, other) => rank(one) - rank(other)).slice(0, MAX_INTERFACES)
}
