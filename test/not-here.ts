// What stands in the place of a tool or a privilege that this machine lacks: a test skips with the reason.

export interface NotHere {
  /** Why, as a sentence's part: "apt-get is not installed". */
  readonly notHere: string
}

/** Tells which thing can't be had, and why. */
export function notHere(thing: string, reason: string): NotHere {
  return { notHere: `${thing} is not to be had here: ${reason}` }
}

/** Something that this machine doesn't have or can't get: thrown from within, where `orNotHere` turns it into a reason. */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable'
}

/** What `make` gives, or why it isn't to be had. */
export async function orNotHere<T>(thing: string, make: () => Promise<T>): Promise<T | NotHere> {
  try {
    return await make()
  } catch (error) {
    if (error instanceof Unavailable) return notHere(thing, error.message)
    throw error
  }
}

/** The thing itself; where it is not to be had, ends the test as skipped, for that reason. */
export function orSkip<T extends string | object>(thing: T | NotHere, skip: (reason: string) => never): T {
  return typeof thing === 'object' && 'notHere' in thing ? skip(thing.notHere) : thing
}
