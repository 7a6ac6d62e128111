// Options from the environment: ENA_OTEL_SAMPLE_INTERVAL and, where OpenTelemetry has a variable for the same thing, that one.
// An empty variable counts as unset (OpenTelemetry specification, "Parsing empty value").
import type { OptionName } from './options.ts'
import { isWhole, OTEL_VARIABLES } from './otel-variables.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The text of one option and where it was found. */
export interface FoundText {
  /** In the form of the option. */
  readonly text: string
  /** As it is in the variable, quoted. */
  readonly written: string
  readonly origin: string
}

/** The option's own variable: `sampleInterval` is `ENA_OTEL_SAMPLE_INTERVAL`. */
export function variableName(option: string): string {
  return `ENA_OTEL_${option.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`
}

/** Whether this is a variable of OpenTelemetry. It may be set for every program of the node, so a wrong value only warns. */
export function isOtelVariable(origin: string | undefined): boolean {
  return origin?.startsWith('OTEL_') ?? false
}

/** The text of a variable; `undefined` when it is unset, empty or blank. */
export function variable(name: string, env: Environment): string | undefined {
  return env[name]?.trim() || undefined
}

/** The first variable of the option that is set: our own, then the metrics signal's, then the general one. `undefined` when none is. */
export function fromEnvironment(option: OptionName, env: Environment): FoundText | undefined {
  const own = { name: variableName(option), translate: undefined }
  for (const { name, translate } of [own, ...OTEL_VARIABLES.filter((row) => row.option === option)]) {
    const text = variable(name, env)
    if (text === undefined) continue
    const translated = translate?.(text) ?? text
    const unit = isWhole(text) && translated !== text ? ' (milliseconds)' : ''
    return { text: translated, written: `${JSON.stringify(text)}${unit}`, origin: name }
  }
  return undefined
}
