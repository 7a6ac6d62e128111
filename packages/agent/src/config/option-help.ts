// How each option is shown in help and completion: its flag, placeholder, group and default. The meaning is in options.ts.
import { formatDuration } from './duration.ts'
import { DEFAULTS, flagName, isList } from './load.ts'
import { type Config, meaning, type OptionName, OPTIONS } from './options.ts'
import { formatSize } from './size.ts'

/** All options, in the order of the table. */
export const OPTION_NAMES: readonly OptionName[] = Object.keys(OPTIONS.shape) as OptionName[]

/** The headings of the help, each before the option that begins its group. */
export const HEADINGS: Partial<Record<OptionName, string>> = {
  sampleInterval: 'Intervals:',
  include: 'What to read:',
  endpoint: 'Export:',
  nodeName: 'Resource:',
  healthPort: 'Agent:',
}

/** The kind of value in help: `time`, `file`; `undefined` for a switch, which takes none. */
export function placeholder(name: OptionName): string | undefined {
  return typeof DEFAULTS[name] === 'boolean' ? undefined : (PLACEHOLDERS[name] ?? 'text')
}

const PLACEHOLDERS: Partial<Record<OptionName, string>> = {
  sampleInterval: 'time',
  exportInterval: 'time',
  timeout: 'time',
  detail: 'level',
  include: 'name',
  exclude: 'name',
  driver: 'driver',
  statistics: 'regex',
  compat: 'names',
  endpoint: 'url',
  collectorAddress: 'ip',
  protocol: 'protocol',
  header: 'name=value',
  headerFile: 'file',
  compression: 'method',
  certificate: 'file',
  clientCertificate: 'file',
  clientKey: 'file',
  temporality: 'kind',
  queueSize: 'size',
  queueAge: 'time',
  maxSeries: 'number',
  nodeName: 'name',
  clusterName: 'name',
  healthPort: 'port',
  logLevel: 'level',
  logFormat: 'format',
  sysfs: 'folder',
  procfs: 'folder',
}

/** The flag with its placeholder, `--include <name,…>`. */
export function flagForm(name: OptionName): string {
  const kind = placeholder(name)
  return kind === undefined ? flagName(name) : `${flagName(name)} <${kind}${isList(name) ? ',…' : ''}>`
}

/** The meaning and the default, in sentences. */
export function optionHelp(name: OptionName): string {
  const text = defaultText(name)
  return text === undefined ? meaning(name) : `${meaning(name)} Default: ${text}.`
}

function defaultText(name: OptionName): string | undefined {
  const value = DEFAULTS[name]
  return value === undefined || typeof value === 'boolean' || Array.isArray(value) ? undefined : valueText(name, value)
}

/** A value as one would type it; `off` for a port that is not set, `undefined` for another option that is not set. */
export function valueText(name: OptionName, value: Config[OptionName]): string | undefined {
  if (value === undefined) return name === 'healthPort' ? 'off' : undefined
  if (Array.isArray(value)) return value.join(',') || undefined
  if (value instanceof RegExp) return value.source
  if (name === 'queueSize') return formatSize(Number(value))
  return PLACEHOLDERS[name] === 'time' ? formatDuration(Number(value)) : String(value)
}
