// Options from the environment: ENA_OTEL_SAMPLE_INTERVAL and, where there is one, OpenTelemetry's variable for the same setting.
// An empty variable counts as unset (OpenTelemetry specification, "Parsing empty value").
import { entries, isList, type OptionName } from './options.ts'
import { isOtelVariable, isWhole, OTEL_VARIABLES } from './otel-variables.ts'
import type { Found } from './problem.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The option's own variable: `sampleInterval` is `ENA_OTEL_SAMPLE_INTERVAL`. */
export function variableName(option: string): string {
  return `ENA_OTEL_${option.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`
}

/** The text of a variable; `undefined` when it is unset, empty or blank. */
export function variable(name: string, env: Environment): string | undefined {
  return env[name]?.trim() || undefined
}

/** The first variable of the option that is set: our own, then the one for metrics, then the general one. `undefined` when none is. */
export function fromEnvironment(option: OptionName, env: Environment): Found | undefined {
  const own = { name: variableName(option), translate: undefined }
  for (const { name, translate } of [own, ...OTEL_VARIABLES.filter((row) => row.option === option)]) {
    const text = variable(name, env)
    if (text === undefined) continue
    // W3C Baggage, the form of OTEL_EXPORTER_OTLP_HEADERS, is often written with a comma at its end.
    if (isList(option))
      return { value: entries(option, text).filter((entry) => entry || !isOtelVariable(name)), origin: name }
    const value = translate?.(text) ?? text
    const unit = isWhole(text) && value !== text ? ' (milliseconds)' : ''
    return { value, written: `${JSON.stringify(text)}${unit}`, origin: name }
  }
  return undefined
}
