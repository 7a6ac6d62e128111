// How many random sequences a property test tries, and from which seed: ENA_OTEL_SEQUENCES=RUNS,SEED, or RUNS,SEED,PATH to start at one.
// The default is always the same sequences, so that a failure comes from the change that is tested.
import { env } from 'node:process'

/** The environment variable. */
export const VARIABLE = 'ENA_OTEL_SEQUENCES'

export interface Setting {
  /** Sequences of each property. */
  readonly runs: number
  /** An integer. */
  readonly seed: number
  /** Leads to one sequence of the seed, as fast-check prints it. */
  readonly path?: string
}

const DEFAULT: Setting = { runs: 1000, seed: 20_261_121 }

/** The setting as the variable has it. @throws TypeError if it has another form */
export function readSetting(text: string | undefined = env[VARIABLE]): Setting {
  if (text === undefined) return DEFAULT
  const [, runs, seed, path] = /^([1-9]\d*),(-?\d+)(?:,(\d[\d:]*))?$/.exec(text) ?? []
  if (runs === undefined || seed === undefined) throw new TypeError(`${VARIABLE} is RUNS,SEED, not ${text}`)
  return { runs: Number(runs), seed: Number(seed), ...(path !== undefined && { path }) }
}

/** The command that runs tests with the setting. @param filter arguments of vitest, as a shell takes them */
export function commandOf({ runs, seed, path }: Setting, filter: string): string {
  const parts = [runs, seed, ...(path === undefined ? [] : [path])]
  return `${VARIABLE}=${parts.join(',')} npx pnpm@12 test ${filter}`
}
