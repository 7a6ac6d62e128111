// What a test throws that needs a tool or a privilege which this machine lacks: the runner (run/skipping-runner.ts) skips it.

/** A thing that this machine can't provide, and why. Anything that a test or a hook calls may throw it. */
export class NotHere extends Error {
  override readonly name: string = 'NotHere'

  /** @param reason a part of a sentence: "apt-get is not installed" */
  constructor(thing: string, reason: string, options?: ErrorOptions) {
    super(`${thing} is not available here: ${reason}`, options)
  }
}
