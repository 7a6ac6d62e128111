// `ena-otel completion SHELL`: a completion script, generated from the tables of commands and options.
import { COMMANDS, CONFIGURED_COMMANDS, FORMATS, type Shell, SHELLS } from '../cli.ts'
import { flagName, isList, jsonSchema, meaning, OPTION_NAMES, placeholder } from '../config/options.ts'

/** One flag of some commands, as a shell needs it. */
interface Flag {
  readonly flag: string
  readonly help: string
  readonly commands: readonly string[]
  /** What follows the flag; `undefined` for a switch. */
  readonly value?: string | undefined
  readonly choices?: readonly string[]
  readonly isRepeated?: boolean
}

/** The script, to be sourced by this shell. */
export function completion(shell: Shell): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](flags())
}

function flags(): readonly Flag[] {
  return [
    { flag: '--format', help: 'Output format.', commands: ['once'], value: 'format', choices: FORMATS },
    { flag: '--for', help: 'Read for this long.', commands: ['once'], value: 'time' },
    { flag: '--config', help: 'Configuration file.', commands: CONFIGURED_COMMANDS, value: 'file' },
    ...OPTION_NAMES.map((name) => ({
      flag: flagName(name),
      help: firstSentence(meaning(name)),
      commands: CONFIGURED_COMMANDS,
      value: placeholder(name),
      choices: choices(name),
      isRepeated: isList(name),
    })),
    { flag: '--help', help: 'Print help.', commands: Object.keys(COMMANDS) },
  ]
}

function choices(name: string): readonly string[] {
  interface Schema {
    readonly enum?: readonly string[]
    readonly items?: Schema
  }
  const { properties } = jsonSchema() as { readonly properties: Readonly<Record<string, Schema>> }
  return properties[name]?.enum ?? properties[name]?.items?.enum ?? []
}

function firstSentence(text: string): string {
  return /^.*?\.(?= |$)/s.exec(text)?.[0] ?? text
}

const COMMAND_NAMES = Object.keys(COMMANDS)
/** The commands whose next word is one of a list. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = { completion: SHELLS, help: COMMAND_NAMES }

function bashScript(flags: readonly Flag[]): string {
  const values = flags.flatMap(({ flag, value, choices = [] }) => {
    if (value === undefined) return []
    if (choices.length > 0) return `${flag}) words=${quoted(choices.join(' '))} ;;`
    const files = { file: '-f', folder: '-d' }[value]
    return `${flag}) ${files === undefined ? '' : `COMPREPLY=($(compgen ${files} -- "$current")); `}return ;;`
  })
  const words = COMMAND_NAMES.map((command) => {
    const own = flags.filter(({ commands }) => commands.includes(command)).map(({ flag }) => flag)
    return `${command}) words=${quoted([...(ARGUMENTS[command] ?? []), ...own].join(' '))} ;;`
  })
  return `# bash completion for ena-otel. Load it with: source <(ena-otel completion bash)
_ena_otel() {
  local current="\${COMP_WORDS[COMP_CWORD]}" option="\${COMP_WORDS[COMP_CWORD-1]}" command= words=
  # bash splits --option=value at the equals sign.
  if [[ $current == = ]]; then current=
  elif [[ $option == = ]]; then option="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  (( COMP_CWORD > 1 )) && command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  case "$option" in
    ${values.join('\n    ')}
    *) case "$command" in
      '') words=${quoted([...COMMAND_NAMES, '--help', '--version'].join(' '))} ;;
      ${words.join('\n      ')}
    esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ena_otel ena-otel`
}

function zshScript(flags: readonly Flag[]): string {
  const specs = (command: string): string[] =>
    flags
      .filter(({ commands }) => commands.includes(command))
      .map(({ flag, help, value, choices = [], isRepeated = false }) => {
        const what = `[${help.replaceAll(/[[\]\\:]/g, '\\$&')}]`
        if (value === undefined) return quoted(`${flag}${what}`)
        const action =
          choices.length > 0 ? `(${choices.join(' ')})` : ({ file: '_files', folder: '_files -/' }[value] ?? '')
        return quoted(`${isRepeated ? '*' : ''}${flag}=${what}:${value}:${action}`)
      })
  const cases = COMMAND_NAMES.map((command) => {
    const words = ARGUMENTS[command]
    const argument = words ? [quoted(`1:name:(${words.join(' ')})`)] : []
    return `${command}) _arguments ${[...specs(command), ...argument].join(' \\\n      ')} ;;`
  })
  return `#compdef ena-otel
# zsh completion for ena-otel. Load it with: source <(ena-otel completion zsh)
_ena_otel() {
  local -a commands=(
    ${Object.entries(COMMANDS)
      .map(([name, help]) => quoted(`${name}:${help.replaceAll(':', '\\:')}`))
      .join('\n    ')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
    ${cases.join('\n    ')}
  esac
}
if [[ $funcstack[1] == _ena_otel ]]; then _ena_otel "$@"; else compdef _ena_otel ena-otel; fi`
}

function fishScript(flags: readonly Flag[]): string {
  const names = COMMAND_NAMES.join(' ')
  const first = `not __fish_seen_subcommand_from ${names}`
  return [
    '# fish completion for ena-otel. Load it with: ena-otel completion fish | source',
    'complete -c ena-otel -f',
    `complete -c ena-otel -n ${quoted(first)} -l version -d 'Print versions.'`,
    ...Object.entries(COMMANDS).map(
      ([name, help]) => `complete -c ena-otel -n ${quoted(first)} -a ${name} -d ${quoted(help)}`,
    ),
    ...Object.entries(ARGUMENTS).map(
      ([name, words]) =>
        `complete -c ena-otel -n ${quoted(`__fish_seen_subcommand_from ${name}`)} -a ${quoted(words.join(' '))}`,
    ),
    ...flags.map(({ flag, help, commands, value, choices = [] }) => {
      const when = quoted(`__fish_seen_subcommand_from ${commands.join(' ')}`)
      return `complete -c ena-otel -n ${when} -l ${flag.slice(2)}${fishValue(value, choices)} -d ${quoted(help)}`
    }),
  ].join('\n')
}

function fishValue(value: string | undefined, choices: readonly string[]): string {
  if (value === undefined) return ''
  if (value === 'file') return ' -r -F'
  if (value === 'folder') return " -x -a '(__fish_complete_directories)'"
  return choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : ' -x'
}

/** In single quotes. The three shells read nothing in them but the quote itself, and fish a backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
