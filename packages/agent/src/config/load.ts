// One configuration out of flags > environment > file > defaults, validated whole before anything starts.
import { ConfigError } from './config-error.ts'
import { conflicts, type Origins, type Problem, unreadableFiles } from './conflicts.ts'
import { type Environment, fromEnvironment, isOtelVariable, variable, variableName } from './environment.ts'
import type { FileEntry } from './file.ts'
import { misspelledVariables } from './misspelled.ts'
import { type Config, type OptionName, OPTIONS } from './options.ts'
import { type Found, problemOf } from './problem.ts'
import { type SdkSettings, sdkSettings } from './sdk-variables.ts'

type Flags = Readonly<Record<string, unknown>>
type File = ReadonlyMap<string, FileEntry>

/** A configuration, where each value that is not a default was set, and what was ignored. */
export interface LoadedConfig {
  readonly config: Config
  /** `--sample-interval`, `ENA_OTEL_…`, `OTEL_…`, `file.yaml:3: key` */
  readonly origins: Origins
  /** A line for each variable that was ignored. */
  readonly warnings: readonly string[]
}

/** The flag of an option: `sampleInterval` is `--sample-interval`. */
export function flagName(option: string): string {
  return `--${option.replaceAll(/[A-Z]/g, '-$&').toLowerCase()}`
}

/** Whether the option takes several values, given repeatedly or with commas between them. */
export function isList(option: OptionName): boolean {
  return Array.isArray(DEFAULTS[option])
}

export const DEFAULTS: Config = { ...OPTIONS.parse({}), exporters: ['console'], isDisabled: false }

const NAMES = Object.keys(OPTIONS.shape) as readonly OptionName[]

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
  const loaded = withoutWrongVariables(flags, env, file, sdk)
  return { ...loaded, warnings: [...misspelledVariables(env, NAMES), ...sdk.warnings, ...loaded.warnings] }
}

/** Resolves the options again without the OTEL_* variables that are wrong, until none is. */
function withoutWrongVariables(flags: Flags, env: Environment, file: File, sdk: SdkSettings): LoadedConfig {
  const found = findAll(flags, env, file)
  const { config, origins, problems } = resolve(found, file, sdk)
  const ignored = problems.filter(({ origin }) => isOtelVariable(origin))
  if (ignored.length > 0) {
    // "Any value not explicitly defined here as a true value MUST be interpreted as false."
    const corrected = ignored.map(
      ({ origin, option }) => [origin, option === 'insecure' ? 'false' : undefined] as const,
    )
    const loaded = withoutWrongVariables(flags, { ...env, ...Object.fromEntries(corrected) }, file, sdk)
    return { ...loaded, warnings: [...ignored.map(({ line }) => `${line}; ignored`), ...loaded.warnings] }
  }
  if (problems.length > 0 || !config) throw new ConfigError(problems.map(({ line }) => line))
  const unreadable = unreadableFiles(config, origins)
  const [own, fromOtel] = [false, true].map((isOtel) =>
    unreadable.filter(({ origin }) => isOtelVariable(origin) === isOtel).map(({ line }) => line),
  ) as [string[], string[]]
  if (own.length > 0) throw new ConfigError(own)
  return { config, origins, warnings: [...unusedEndpoint(config, origins), ...fromOtel] }
}

interface Resolved {
  readonly config: Config | undefined
  readonly origins: Origins
  readonly problems: readonly Problem[]
}

function resolve(found: ReadonlyMap<OptionName, Found>, file: File, sdk: SdkSettings): Resolved {
  const origins: Partial<Record<keyof Config, string>> = {}
  for (const [option, { origin }] of found) origins[option] = origin
  const parsed = OPTIONS.safeParse(Object.fromEntries([...found].map(([option, { value }]) => [option, value])))
  const problems = [
    ...unknownKeys(file),
    ...(parsed.error?.issues ?? []).map((issue): Problem => {
      const [option, index] = issue.path as [OptionName, number?]
      const where = found.get(option)!
      return { option, origin: where.origin, line: problemOf(option, where, issue, index) }
    }),
  ]
  if (!parsed.data) return { config: undefined, origins, problems }
  const config = withSdkSettings({ ...DEFAULTS, ...parsed.data }, origins, sdk)
  return { config, origins, problems: [...problems, ...conflicts(config, origins)] }
}

function findAll(flags: Flags, env: Environment, file: File): ReadonlyMap<OptionName, Found> {
  return new Map(
    NAMES.flatMap((option) => {
      const found = fromFlags(option, flags) ?? fromVariable(option, env) ?? file.get(option)
      return found ? [[option, found] as const] : []
    }),
  )
}

function fromFlags(option: OptionName, flags: Flags): Found | undefined {
  const value = flags[option]
  if (value === undefined) return undefined
  return { value: isList(option) ? (value as string[]).flatMap(split) : value, origin: flagName(option) }
}

function fromVariable(option: OptionName, env: Environment): Found | undefined {
  const found = fromEnvironment(option, env)
  if (!found || !isList(option)) return found && { ...found, value: found.text }
  const entries = split(found.text)
  // W3C Baggage, the form of OTEL_EXPORTER_OTLP_HEADERS, is often written with a comma at its end.
  return { value: isOtelVariable(found.origin) ? entries.filter(Boolean) : entries, origin: found.origin }
}

function split(text: string): string[] {
  return text.split(',').map((part) => part.trim())
}

function unknownKeys(file: File): Problem[] {
  return [...file]
    .filter(([key]) => !(NAMES as readonly string[]).includes(key))
    .map(([, { origin }]) => ({ origin, line: `${origin} is not an option: the options are ${NAMES.join(', ')}` }))
}

/** Applies OpenTelemetry's variables that depend on, or change, several options. Adds their origins. */
function withSdkSettings(
  options: Config,
  origins: Partial<Record<keyof Config, string>>,
  { isDisabled, exporters, exportTimeout }: SdkSettings,
): Config {
  let { endpoint, sampleInterval, timeout } = options
  // OTEL_METRIC_EXPORT_INTERVAL may be set for every program of the node: it does not know that samples exist.
  if (isOtelVariable(origins.exportInterval) && origins.sampleInterval === undefined)
    sampleInterval = Math.min(sampleInterval, options.exportInterval)
  if (exportTimeout !== undefined && exportTimeout < timeout && isOtelVariable(origins.timeout ?? 'OTEL_')) {
    timeout = exportTimeout
    origins.timeout = 'OTEL_METRIC_EXPORT_TIMEOUT'
  }
  if (exporters !== undefined) origins.exporters = 'OTEL_METRICS_EXPORTER'
  if (isDisabled) origins.isDisabled = 'OTEL_SDK_DISABLED'
  if (exporters?.includes('otlp') && endpoint === undefined) {
    endpoint = options.protocol === 'grpc' ? 'http://localhost:4317' : 'http://localhost:4318' // the specification's defaults
    origins.endpoint = 'OTEL_METRICS_EXPORTER'
  }
  const byDefault = endpoint === undefined ? (['console'] as const) : (['otlp'] as const)
  return { ...options, endpoint, sampleInterval, timeout, isDisabled, exporters: exporters ?? byDefault }
}

function unusedEndpoint({ endpoint, exporters }: Config, origins: Origins): string[] {
  if (endpoint === undefined || exporters.includes('otlp')) return []
  return [`${origins.endpoint} has no effect: OTEL_METRICS_EXPORTER does not name otlp`]
}
