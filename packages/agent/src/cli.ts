// The command line: what there is to type, and what each thing means. Options come from the table in config/options.ts.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'

import { formatDuration, parseDuration } from './config/duration.ts'
import { formatSize } from './config/size.ts'
import { variableName } from './config/environment.ts'
import { DEFAULTS, flagName, isList } from './config/load.ts'
import { meaning, type OptionName, OPTIONS } from './config/options.ts'
import { VERSION } from './version.ts'

const FORMATS = ['table', 'json', 'otlp-json'] as const
/** How `once` prints. */
export type Format = (typeof FORMATS)[number]

/** What was typed: a command with the flags of the configuration and its own. */
export type Typed =
  | { readonly command: 'run'; readonly flags: Flags }
  | { readonly command: 'top'; readonly flags: Flags }
  | { readonly command: 'once'; readonly flags: Flags; readonly format: Format; readonly forMs: number | undefined }
  | { readonly command: 'schema' }

/** Options as given on the command line: texts, lists of texts, `true`; and `config`. */
export type Flags = Readonly<Record<string, unknown>>

/**
 * Understands a command line.
 *
 * @param args without node and the script
 * @throws CommanderError with `exitCode` 0 when help or the version was asked for, and printed; else for wrong usage, of which one line was printed
 */
export function parseCommandLine(args: readonly string[]): Typed | undefined {
  let typed: Typed | undefined
  const program = new Command('ena-otel')
    .description(
      "Reads the counters of this node's network interfaces, those of ENA with the packets that AWS dropped, and pushes them over OTLP.",
    )
    .version(VERSION, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print this help.')
    .helpCommand('help [command]', "Print a command's help.")
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`ena-otel: ${oneLine(text)}\n`),
      getOutHelpWidth: helpWidth,
      getErrHelpWidth: helpWidth,
    })
    .addHelpText('after', EXPLANATION)

  withOptions(program.command('run'), args)
    .description('The agent: reads every second and pushes every 15. Without an endpoint it prints instead.')
    .action((flags: Flags) => {
      typed = { command: 'run', flags }
    })
  const once = program
    .command('once')
    .description('Print all counters once or, with --for, everything that happens in that time.')
    .addOption(new Option('--format <format>', `${FORMATS.join(', ')}. Default: table.`).argParser(formatName))
    .addOption(
      new Option('--for <time>', 'Go on for so long: adds peaks, changes and throttled seconds.').argParser(time),
    )
  withOptions(once, args).action(
    ({ format = 'table', for: forMs, ...flags }: Flags & { format?: Format; for?: number }) => {
      typed = { command: 'once', flags, format, forMs }
    },
  )
  withOptions(program.command('top'), args)
    .description('A live view of the interfaces. Plain lines when the output is no terminal.')
    .action((flags: Flags) => {
      typed = { command: 'top', flags }
    })
  program
    .command('schema')
    .description('Print the JSON schema of the configuration file.')
    .action(() => {
      typed = { command: 'schema' }
    })

  program.parse(args, { from: 'user' })
  return typed
}

export { CommanderError }

const EXPLANATION = `
Every option is a flag (--sample-interval 1s), an environment variable (ENA_OTEL_SAMPLE_INTERVAL=1s) and a key of the
YAML file that --config names (sampleInterval: 1s); the first of these wins. OTEL_EXPORTER_OTLP_*, OTEL_SERVICE_NAME,
OTEL_METRIC_EXPORT_INTERVAL and OTEL_RESOURCE_ATTRIBUTES are honoured as OpenTelemetry specifies them.

Examples:
  ena-otel top                                                      what is going on here, now
  ena-otel once --for 10s                                           everything counted in 10 seconds
  ena-otel once --format otlp-json                                  the same as a collector would get it
  ena-otel run --endpoint http://10.0.0.7:4317                      push to a collector
  ena-otel run --include 'veth*' --statistics '^rx_queue_0_'        other interfaces, other driver statistics

'ena-otel help COMMAND' lists the options. Exit codes: 0 fine, 1 failed, 2 wrong usage or configuration.`

/** Commander puts its suggestion on a line of its own; where it has none, say where to look. */
function oneLine(text: string): string {
  const line = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
  return /^(unknown|too many)/.test(line) && !line.includes('(Did you mean') ? `${line} (see ena-otel --help)` : line
}

function helpWidth(): number {
  return Math.min(process.stdout.columns || MAX_HELP_WIDTH, MAX_HELP_WIDTH)
}

const MAX_HELP_WIDTH = 120

function withOptions(command: Command, [first]: readonly string[]): Command {
  // Where another command is wanted nobody asks for this one's: the agent has a megabyte less then.
  if (first !== command.name() && (WITH_OPTIONS as readonly unknown[]).includes(first)) return command
  command.option('--config <file>', `A YAML file with these options. Also ${variableName('config')}.`)
  let heading = ''
  for (const name of Object.keys(OPTIONS.shape) as OptionName[]) {
    heading = HEADINGS[name] ?? heading
    command.addOption(optionFor(name).helpGroup(heading))
  }
  return command
}

const WITH_OPTIONS = ['run', 'once', 'top'] as const

/** The headings of the help, each before the option that begins its group. */
const HEADINGS: Partial<Record<OptionName, string>> = {
  sampleInterval: 'How often:',
  include: 'What is read:',
  endpoint: 'Where it goes:',
  nodeName: 'What this node is called:',
  healthPort: 'The agent itself:',
}

function optionFor(name: OptionName): Option {
  const description = meaning(name)
  const text = byDefault(name)
  const option = new Option(
    `${flagName(name)}${placeholder(name)}`,
    text === undefined ? description : `${description} Default: ${text}.`,
  )
  return isList(name)
    ? option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value])
    : option
}

function placeholder(name: OptionName): string {
  if (typeof DEFAULTS[name] === 'boolean') return ''
  return ` <${PLACEHOLDERS[name] ?? 'text'}${isList(name) ? ',…' : ''}>`
}

const PLACEHOLDERS: Partial<Record<OptionName, string>> = {
  sampleInterval: 'time',
  exportInterval: 'time',
  timeout: 'time',
  include: 'name',
  exclude: 'name',
  driver: 'driver',
  statistics: 'regex',
  compat: 'ecosystem',
  endpoint: 'url',
  protocol: 'protocol',
  header: 'name=value',
  compression: 'method',
  certificate: 'file',
  clientCertificate: 'file',
  clientKey: 'file',
  temporality: 'kind',
  queueSize: 'size',
  queueAge: 'time',
  mostSeries: 'number',
  nodeName: 'name',
  clusterName: 'name',
  healthPort: 'port',
  logLevel: 'level',
  logFormat: 'format',
  sysfs: 'folder',
  procfs: 'folder',
}

const DURATIONS: ReadonlySet<OptionName> = new Set(['sampleInterval', 'exportInterval', 'timeout', 'queueAge'])

/** As one would type it; `undefined` when nothing is the default. */
function byDefault(name: OptionName): string | undefined {
  const value = DEFAULTS[name]
  if (value === undefined || typeof value === 'boolean' || Array.isArray(value)) return undefined
  if (name === 'queueSize') return formatSize(Number(value))
  return DURATIONS.has(name) ? formatDuration(Number(value)) : String(value)
}

/** A timer can't be set much farther (2^31 ms). */
const MAX_TIME = 24 * 3_600_000

function formatName(text: string): Format {
  const known = FORMATS.find((name) => name === text)
  if (known === undefined) throw new InvalidArgumentError(`It is one of ${FORMATS.join(', ')}.`)
  return known
}

function time(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('Write it with its unit, like 500ms, 5s or 2m.')
  if (ms < 1 || ms > MAX_TIME) throw new InvalidArgumentError(`It goes from 1ms to ${formatDuration(MAX_TIME)}.`)
  return ms
}
