// The command line: commands and their options. The options of the configuration come from the table in config/options.ts.
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'

import { redacted } from './config/endpoint.ts'
import { variableName } from './config/environment.ts'
import {
  DEFAULTS,
  flagName,
  isList,
  meaning,
  OPTION_NAMES,
  type OptionName,
  placeholder,
  valueText,
} from './config/options.ts'
import { DURATION } from './config/quantity.ts'

export const FORMATS = ['table', 'json', 'otlp-json'] as const
/** How `once` prints. */
export type Format = (typeof FORMATS)[number]

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** What was typed: a command with the flags of the configuration and its own. */
export type Typed =
  | { readonly command: 'run' | 'top' | 'validate'; readonly flags: Flags }
  | { readonly command: 'once'; readonly flags: Flags; readonly format: Format; readonly forMs: number | undefined }
  | { readonly command: 'completion'; readonly shell: Shell }
  | { readonly command: 'schema' }
  | { readonly command: 'version' }

/** Options as given on the command line: texts, lists of texts, `true`; and `config`. */
export type Flags = Readonly<Record<string, unknown>>

/** Every command and what it does. */
export const COMMANDS = {
  run: 'Run the agent: read every second, export every 15 seconds. Without an endpoint it prints to the console.',
  once: 'Print all counters once. With --for, print all that changes in that time.',
  top: 'Show the interfaces live. Prints plain lines if the output is not a terminal.',
  validate: 'Print the configuration in force and the source of each value.',
  schema: 'Print the JSON schema of the configuration file.',
  completion: 'Print a completion script for bash, zsh or fish.',
  help: "Print a command's help.",
} as const

/** The commands that take the options of the configuration. */
export const CONFIGURED_COMMANDS = ['run', 'once', 'top', 'validate'] as const

/**
 * Parses a command line.
 *
 * @param args without node and the script
 * @throws CommanderError with `exitCode` 0 after it printed help; else for wrong usage, after it printed one line
 */
export function parseCommandLine(args: readonly string[]): Typed | undefined {
  let typed: Typed | undefined
  const program = createProgram(args, (command) => (typed = command))
  try {
    program.parse(args, { from: 'user' })
  } catch (error) {
    if (error !== VERSION_ASKED) throw error
    return { command: 'version' }
  }
  return typed
}

export { CommanderError }

/** Ends the parsing: what else is on the command line does not matter. */
const VERSION_ASKED = new Error('--version')

type Accept = (typed: Typed) => void

function createProgram(args: readonly string[], accept: Accept): Command {
  const program = new Command('ena-otel')
    .description(
      "Read the counters of this node's network interfaces, ENA allowances included, and export them over OTLP.",
    )
    .option('-V, --version', 'Print the versions of ena-otel, Node and koffi.')
    .on('option:version', () => {
      throw VERSION_ASKED
    })
    .helpOption('-h, --help', 'Print this help.')
    .helpCommand('help [command]', COMMANDS.help)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`ena-otel: ${oneLine(text)}\n`),
      getOutHelpWidth: helpWidth,
      getErrHelpWidth: helpWidth,
    })
    .addHelpText('after', EXPLANATION)
  for (const name of CONFIGURED_COMMANDS) addConfiguredCommand(program, name, args, accept)
  program
    .command('schema')
    .description(COMMANDS.schema)
    .action(() => accept({ command: 'schema' }))
  program
    .command('completion')
    .description(COMMANDS.completion)
    .addArgument(new Argument('<shell>', `${SHELLS.join(', ')}.`).argParser(oneOf(SHELLS)))
    .addHelpText('after', COMPLETION_HELP)
    .action((shell: Shell) => accept({ command: 'completion', shell }))
  return program
}

function addConfiguredCommand(
  program: Command,
  name: (typeof CONFIGURED_COMMANDS)[number],
  args: readonly string[],
  accept: Accept,
): void {
  const command = program.command(name).description(COMMANDS[name])
  if (name === 'once')
    command
      .addOption(new Option('--format <format>', `${FORMATS.join(', ')}. Default: table.`).argParser(oneOf(FORMATS)))
      .addOption(
        new Option('--for <time>', 'Read for this long. Adds peaks, changes and throttled seconds.').argParser(time),
      )
  // If another command was typed, nobody needs the options of this one. It saves the agent a megabyte.
  const isAnother = args[0] !== name && CONFIGURED_COMMANDS.some((other) => other === args[0])
  if (!isAnother) addOptions(command)
  command.action(({ format = 'table', for: forMs, ...flags }: Flags & { format?: Format; for?: number }) =>
    accept(name === 'once' ? { command: name, flags, format, forMs } : { command: name, flags }),
  )
}

function addOptions(command: Command): void {
  command.option('--config <file>', `A YAML file with these options. Also ${variableName('config')}.`)
  for (const name of OPTION_NAMES) {
    const heading = HEADINGS[name]
    if (heading !== undefined) command.optionsGroup(heading)
    command.addOption(optionFor(name))
  }
}

/** The headings of the help, each before the option that begins its group. */
const HEADINGS: Partial<Record<OptionName, string>> = {
  sampleInterval: 'Intervals:',
  include: 'What to read:',
  endpoint: 'Export:',
  nodeName: 'Resource:',
  healthPort: 'Agent:',
}

function optionFor(name: OptionName): Option {
  const kind = placeholder(name)
  const value = kind === undefined ? '' : ` <${kind}${isList(name) ? ',…' : ''}>`
  const byDefault = kind === undefined || isList(name) ? undefined : valueText(name, DEFAULTS[name])
  const option = new Option(flagName(name) + value, meaning(name) + (byDefault ? ` Default: ${byDefault}.` : ''))
  return isList(name)
    ? option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text])
    : option
}

function oneOf<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const known = names.find((name) => name === text)
    if (known === undefined) throw new InvalidArgumentError(`It is not one of ${names.join(', ')}.`)
    return known
  }
}

/** A timer can't be set much further (2^31 ms). */
const MAX_TIME = 24 * 3_600_000

function time(text: string): number {
  const ms = DURATION.parse(text)
  if (ms === undefined) throw new InvalidArgumentError('Write it with its unit, like 500ms, 5s or 2m.')
  if (ms < 1 || ms > MAX_TIME) throw new InvalidArgumentError(`It is outside 1ms to ${DURATION.format(MAX_TIME)}.`)
  return ms
}

const COMPLETION_HELP = `
Load it in the current shell:
  bash   source <(ena-otel completion bash)
  zsh    source <(ena-otel completion zsh)
  fish   ena-otel completion fish | source`

const EXPLANATION = `
Every option is a flag (--sample-interval 1s), an environment variable (ENA_OTEL_SAMPLE_INTERVAL=1s) and a key of the
YAML file that --config names (sampleInterval: 1s). The first of these wins. The OTEL_* variables of the OpenTelemetry
specification are supported; the README lists them. A wrong OTEL_* value gives a warning and is ignored.

Examples:
  ena-otel top                                                      watch this node's interfaces
  ena-otel once --for 10s                                           print all that changes in 10 seconds
  ena-otel once --format otlp-json                                  print what a collector would receive
  ena-otel run --endpoint http://10.0.0.7:4317                      export to a collector
  ena-otel run --include 'veth*' --statistics '^rx_queue_0_'        read other interfaces, other driver statistics
  ena-otel validate --config ena-otel.yaml                          check a configuration file

'ena-otel help COMMAND' lists the options. Exit codes: 0 success, 1 failure, 2 wrong usage or configuration.`

/** Commander puts its suggestion on a separate line. Without a suggestion, the line names the help. */
function oneLine(text: string): string {
  const line = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    // An endpoint after a mistyped option may hold a password.
    .replace(/'(--[\w-]+=)?([^']*(?:[@?]|:\/\/).*)'/, (_, flag = '', value: string) => `'${flag}${redacted(value)}'`)
  return /^(unknown|too many)/.test(line) && !line.includes('(Did you mean') ? `${line} (see ena-otel --help)` : line
}

function helpWidth(): number {
  return Math.min(process.stdout.columns || MAX_HELP_WIDTH, MAX_HELP_WIDTH)
}

const MAX_HELP_WIDTH = 120
