// `ena-otel validate`: the configuration in force, and where each value comes from.
import { redactedValue } from '../config/endpoint.ts'
import type { LoadedConfig } from '../config/load.ts'
import { OPTION_NAMES, valueText } from '../config/options.ts'

/**
 * A table with a line for each option: its value, `-` when it has none, and its source. The values of headers, and what may be a secret in
 * an endpoint, are hidden.
 */
export function validate({ config, origins }: LoadedConfig): string {
  const rows = [
    ['OPTION', 'VALUE', 'SOURCE'] as const,
    ...OPTION_NAMES.map((name) => {
      const value = name === 'header' ? config.header.map(withoutValue) : config[name]
      return [name, redactedValue(name, valueText(name, value) ?? '-'), source(name, origins[name])] as const
    }),
    ['exporters', config.exporters.join(',') || 'none', origins.exporters ?? 'default'] as const,
    ['disabled', String(config.isDisabled), origins.isDisabled ?? 'default'] as const,
  ]
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length))
  return rows.map(([name, value, from]) => `${name.padEnd(width(0))}  ${value.padEnd(width(1))}  ${from}`).join('\n')
}

/** A key of the file is named by its line; its name is in the first column. */
function source(name: string, origin: string | undefined): string {
  return origin?.replace(new RegExp(`: ${name}$`), '') ?? 'default'
}

function withoutValue(header: string): string {
  return header.replace(/=.*$/s, '=…')
}
