// One configuration out of flags > environment > file > defaults, validated whole before anything starts.
import { accessSync, constants } from 'node:fs'

import { ConfigError } from './config-error.ts'
import { fromEnvironment, variableName } from './environment.ts'
import { readConfigFile } from './file.ts'
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
 * The configuration in force.
 *
 * @param flags the options given on the command line, by name, and `config`, the file's path
 * @throws ConfigError with a line for each thing that is wrong
 */
export function loadConfig(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  const path = (flags['config'] as string | undefined) ?? env[variableName('config')]
  const file = path ? readConfigFile(path) : new Map<string, never>()
  const given: Record<string, unknown> = {}
  const origins: Record<string, string> = {}
  for (const option of NAMES) {
    const found = fromFlags(option, flags) ?? fromVariable(option, env) ?? file.get(option)
    if (found === undefined) continue
    given[option] = found.value
    origins[option] = found.origin
  }

  const parsed = OPTIONS.safeParse(given)
  const problems = [
    ...unknownKeys(file),
    ...(parsed.error?.issues ?? []).map((issue) => {
      const [option, index] = issue.path as [string, number?]
      const value = index === undefined ? given[option] : (given[option] as unknown[])[index]
      return `${origins[option]}: ${JSON.stringify(value)} ${sentence(issue)}`
    }),
    ...(parsed.data ? contradictions(parsed.data, origins) : []),
  ]
  if (problems.length > 0 || !parsed.data) throw new ConfigError(problems)
  return { config: parsed.data, origins }
}

interface Found {
  readonly value: unknown
  readonly origin: string
}

function fromFlags(option: OptionName, flags: Readonly<Record<string, unknown>>): Found | undefined {
  const value = flags[option]
  if (value === undefined) return undefined
  return { value: isList(option) ? (value as string[]).flatMap(split) : value, origin: flagName(option) }
}

function fromVariable(option: OptionName, env: Readonly<Record<string, string | undefined>>): Found | undefined {
  const found = fromEnvironment(option, env)
  return found && { value: isList(option) ? split(found.text) : found.text, origin: found.origin }
}

function split(text: string): string[] {
  return text.split(',').map((part) => part.trim())
}

function unknownKeys(file: ReadonlyMap<string, Found>): string[] {
  return [...file]
    .filter(([key]) => !(NAMES as readonly string[]).includes(key))
    .map(([, { origin }]) => `${origin} is no option: the options are ${NAMES.join(', ')}`)
}

/** What zod says, in our words where its own are for programmers. */
function sentence(issue: { readonly code: string; readonly message: string }): string {
  const { values, expected } = issue as { values?: readonly unknown[]; expected?: string }
  if (issue.code === 'invalid_value' && values) return `is not one of ${values.join(', ')}`
  if (issue.code === 'invalid_type' && expected && issue.message.startsWith('Invalid input'))
    return `is not a ${expected === 'array' ? 'list' : expected}`
  return issue.message.replace(/^Invalid string: must start with/, 'does not start with')
}

function contradictions(config: Config, origins: Readonly<Record<string, string>>): string[] {
  const problems: string[] = []
  if (config.exportInterval < config.sampleInterval)
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
