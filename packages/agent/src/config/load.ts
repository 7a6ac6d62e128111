// One configuration out of flags > environment > file > defaults, validated whole before anything starts.
import { accessSync, constants } from 'node:fs'

import { sentence, shown } from './complaint.ts'
import { ConfigError } from './config-error.ts'
import { fromEnvironment, isOpenTelemetrys, variableName } from './environment.ts'
import type { FileEntry } from './file.ts'
import { type Config, type OptionName, OPTIONS } from './options.ts'

/** A configuration and, for each option that was set, where: `--sample-interval`, `ENA_OTEL_…`, `OTEL_…`, `file.yaml:3: key`. */
export interface LoadedConfig {
  readonly config: Config
  readonly origins: Readonly<Partial<Record<OptionName, string>>>
}

/** The flag of an option: `sampleInterval` is `--sample-interval`. */
export function flagName(option: string): string {
  return `--${option.replaceAll(/[A-Z]/g, '-$&').toLowerCase()}`
}

/** Whether the option takes several values, given repeatedly or with commas between them. */
export function isList(option: OptionName): boolean {
  return Array.isArray(DEFAULTS[option])
}

export const DEFAULTS: Config = OPTIONS.parse({})

const NAMES = Object.keys(OPTIONS.shape) as readonly OptionName[]

/**
 * The file named by `--config` or ENA_OTEL_CONFIG, the flag first; `undefined` when neither is set.
 *
 * @throws ConfigError when the flag's text is empty
 */
export function configPath(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const flag = flags['config'] as string | undefined
  if (flag?.trim() === '') throw new ConfigError([`--config: ${JSON.stringify(flag)} is empty: name a YAML file`])
  return flag ?? (env[variableName('config')]?.trim() || undefined)
}

/**
 * The configuration in force.
 *
 * @param flags the options given on the command line, by name
 * @param file what `readConfigFile` makes of the file that `configPath` names
 * @throws ConfigError with a line for each thing that is wrong
 */
export function loadConfig(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<string, FileEntry> = new Map(),
): LoadedConfig {
  const given: Record<string, unknown> = {}
  const written: Record<string, string | undefined> = {}
  const origins: Record<string, string> = {}
  for (const option of NAMES) {
    const found: Found | undefined = fromFlags(option, flags) ?? fromVariable(option, env) ?? file.get(option)
    if (found === undefined) continue
    given[option] = found.value
    written[option] = found.written
    origins[option] = found.origin
  }

  const parsed = OPTIONS.safeParse(given)
  const problems = [
    ...unknownKeys(file),
    ...(parsed.error?.issues ?? []).map((issue) => {
      const [option, index] = issue.path as [string, number?]
      const value = shown(option, given[option], index, written[option])
      return `${origins[option]}: ${value} ${sentence(issue, origins[option])}`
    }),
    ...(parsed.data ? contradictions(parsed.data, origins) : []),
  ]
  if (problems.length > 0 || !parsed.data) throw new ConfigError(problems)
  return { config: sampledInTime(parsed.data, origins), origins }
}

interface Found {
  readonly value: unknown
  /** As it stands there, where that isn't the value. */
  readonly written?: string
  readonly origin: string
}

function fromFlags(option: OptionName, flags: Readonly<Record<string, unknown>>): Found | undefined {
  const value = flags[option]
  if (value === undefined) return undefined
  return { value: isList(option) ? (value as string[]).flatMap(split) : value, origin: flagName(option) }
}

function fromVariable(option: OptionName, env: Readonly<Record<string, string | undefined>>): Found | undefined {
  const found = fromEnvironment(option, env)
  if (!found || !isList(option)) return found && { ...found, value: found.text }
  const entries = split(found.text)
  // W3C Baggage, the form of OTEL_EXPORTER_OTLP_HEADERS, is often written with a comma at its end.
  return { value: isOpenTelemetrys(found.origin) ? entries.filter(Boolean) : entries, origin: found.origin }
}

function split(text: string): string[] {
  return text.split(',').map((part) => part.trim())
}

function unknownKeys(file: ReadonlyMap<string, Found>): string[] {
  return [...file]
    .filter(([key]) => !(NAMES as readonly string[]).includes(key))
    .map(([, { origin }]) => `${origin} is no option: the options are ${NAMES.join(', ')}`)
}

function contradictions(config: Config, origins: Readonly<Record<string, string>>): string[] {
  const problems: string[] = []
  if (sampledInTime(config, origins).sampleInterval > config.exportInterval)
    problems.push(
      `${origins['exportInterval'] ?? origins['sampleInterval']}: pushes would be more frequent than reads: make the export interval at least the sample interval`,
    )
  if ((config.clientCertificate === undefined) !== (config.clientKey === undefined))
    problems.push(
      `${origins['clientCertificate'] ?? origins['clientKey']}: a client certificate and its key go together: set both, --client-certificate and --client-key`,
    )
  for (const option of ['certificate', 'clientCertificate', 'clientKey'] as const) {
    const path = config[option]
    if (path === undefined) continue
    try {
      accessSync(path, constants.R_OK)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      problems.push(
        `${origins[option]}: ${path} can't be read (${code}): name a PEM file that uid ${process.getuid?.()} may read`,
      )
    }
  }
  return problems
}

/**
 * OpenTelemetry's variable may be there for every program of the node and knows nothing of our samples: where it alone makes pushes
 * more frequent than reads, there are as many reads.
 */
function sampledInTime(config: Config, origins: Readonly<Record<string, string>>): Config {
  if (!isOpenTelemetrys(origins['exportInterval']) || origins['sampleInterval'] !== undefined) return config
  return { ...config, sampleInterval: Math.min(config.sampleInterval, config.exportInterval) }
}
