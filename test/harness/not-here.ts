// What a test throws that needs a tool or a privilege which this machine lacks: the runner (run/skipping-runner.ts) skips it.

/** A thing that can't be had here, and why. Anything that a test or a hook calls may throw it. */
export class NotHere extends Error {
  override readonly name: string = 'NotHere'

  /** @param reason a part of a sentence: "apt-get is not installed" */
  constructor(thing: string, reason: string) {
    super(`${thing} is not available here: ${reason}`)
  }
}

/** The reason alone, thrown from within, where `orNotHere` adds the name of the thing. */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable'
}

/** What `make` gives. @throws NotHere when it throws Unavailable */
export async function orNotHere<T>(thing: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make()
  } catch (error) {
    throw error instanceof Unavailable ? new NotHere(thing, error.message) : error
  }
}
