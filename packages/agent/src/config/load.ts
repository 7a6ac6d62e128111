// One configuration out of flags > environment > file > defaults, validated whole before anything starts.
import { conflicts, unsentParts } from './conflicts.ts'
import { type Environment, fromEnvironment, variable, variableName } from './environment.ts'
import { misspelledVariables } from './misspelled.ts'
import { type Config, entries, flagName, isList, OPTION_NAMES, type OptionName, OPTIONS } from './options.ts'
import { isOtelVariable } from './otel-variables.ts'
import { ConfigError, defaultMessage, type Found, type Origins, type Problem, valueProblem } from './problem.ts'
import { type SdkSettings, sdkSettings, unusedEndpoint, withSdkSettings } from './sdk-variables.ts'
import { tlsFileProblems } from './tls-files.ts'

type Flags = Readonly<Record<string, unknown>>
type File = ReadonlyMap<string, Found>

/** A configuration, where each value that is not a default was set, and what was ignored. */
export interface LoadedConfig {
  readonly config: Config
  readonly origins: Readonly<Origins>
  /** A line for each variable that was ignored. */
  readonly warnings: readonly string[]
}

/**
 * The file named by `--config` or ENA_OTEL_CONFIG, the flag first; `undefined` when neither is set.
 *
 * @throws ConfigError when the flag's text is empty
 */
export function configPath(flags: Flags, env: Environment): string | undefined {
  const flag = flags['config'] as string | undefined
  if (flag?.trim() === '') throw new ConfigError([`--config: ${JSON.stringify(flag)} is empty: name a YAML file`])
  return flag ?? variable(variableName('config'), env)
}

/**
 * The configuration in force. A wrong value of an OTEL_* variable only gives a warning and counts as not set: the OpenTelemetry
 * specification requires it.
 *
 * @param flags the options given on the command line, by name
 * @param file what `readConfigFile` makes of the file that `configPath` names
 * @throws ConfigError with a line for each wrong flag, ENA_OTEL_* variable or key of the file
 */
export function loadConfig(flags: Flags, env: Environment, file: File = new Map()): LoadedConfig {
  const sdk = sdkSettings(env)
  const loaded = resolve(flags, env, file, sdk)
  return { ...loaded, warnings: [...misspelledVariables(env, OPTION_NAMES), ...sdk.warnings, ...loaded.warnings] }
}

/** Starts over without the OTEL_* variables that are wrong, until none is. */
function resolve(flags: Flags, env: Environment, file: File, sdk: SdkSettings): LoadedConfig {
  const found = findAll(flags, env, file)
  const origins: Origins = Object.fromEntries([...found].map(([option, { origin }]) => [option, origin]))
  const values = Object.fromEntries([...found].map(([option, { value }]) => [option, value]))
  const { data, error } = OPTIONS.safeParse(values, { error: defaultMessage })
  const config = data && withSdkSettings(data, origins, sdk)
  const problems = [
    ...unknownKeys(file),
    ...(error?.issues ?? []).map((issue) => valueProblem(issue, found)),
    ...(config ? conflicts(config, origins) : []),
  ]
  const ignored = problems.filter(({ origin }) => isOtelVariable(origin))
  if (ignored.length > 0) {
    // "Any value not explicitly defined here as a true value MUST be interpreted as false."
    const corrected = ignored.map(({ origin, option }) => [origin, option === 'insecure' ? 'false' : undefined])
    const loaded = resolve(flags, { ...env, ...Object.fromEntries(corrected) }, file, sdk)
    return { ...loaded, warnings: [...ignored.map(({ line }) => `${line}; ignored`), ...loaded.warnings] }
  }
  if (problems.length > 0 || !config) throw new ConfigError(problems.map(({ line }) => line))
  const unusable = tlsFileProblems(config, origins)
  const refused = unusable.filter(({ origin }) => !isOtelVariable(origin))
  if (refused.length > 0) throw new ConfigError(refused.map(({ line }) => line))
  return {
    config,
    origins,
    warnings: [
      ...unusedEndpoint(config, origins),
      ...unsentParts(config, origins),
      ...unusable.map(({ line }) => line),
    ],
  }
}

function findAll(flags: Flags, env: Environment, file: File): ReadonlyMap<OptionName, Found> {
  return new Map(
    OPTION_NAMES.flatMap((option) => {
      const found = fromFlags(option, flags) ?? fromEnvironment(option, env) ?? file.get(option)
      return found ? [[option, found] as const] : []
    }),
  )
}

function fromFlags(option: OptionName, flags: Flags): Found | undefined {
  const value = flags[option]
  if (value === undefined) return undefined
  return {
    value: isList(option) ? (value as string[]).flatMap((text) => entries(option, text)) : value,
    origin: flagName(option),
  }
}

function unknownKeys(file: File): readonly Problem[] {
  const unknown = [...file].filter(([key]) => !(OPTION_NAMES as readonly string[]).includes(key))
  return unknown.map(([, { origin }]) => ({
    origin,
    line: `${origin} is not an option: the options are ${OPTION_NAMES.join(', ')}`,
  }))
}
