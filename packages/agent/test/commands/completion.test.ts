// Each script in its real shell: what the shell offers for a command line.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { SHELLS, type Shell } from '../../src/cli.ts'
import { completion } from '../../src/commands/completion.ts'
import { temporaryFolder } from '../../../metrics/test/readers/temporary-folder.ts'

/** What the shell offers for the last word, in alphabetical order. */
const OFFERS: Readonly<Record<Shell, (words: readonly string[], script: string) => readonly string[]>> = {
  bash: (words, script) => {
    const program = `source ${script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ena_otel; printf '%s\\n' "\${COMPREPLY[@]}"`
    return lines(output('bash', ['--norc', '-c', program, 'bash', ...words]))
  },
  fish: (words, script) =>
    lines(
      output('fish', ['--no-config', '-c', `source ${script}; complete -C ${JSON.stringify(words.join(' '))}`]),
    ).map((line) => line.split('\t', 1)[0]!),
  // zsh completes only in its line editor: on a terminal of its own, with one choice for each word.
  zsh: (words, script) => {
    const program = `
      zmodload zsh/zpty
      zpty -b t zsh -f -i
      zpty -w t "PS1=; autoload -U compinit && compinit -u -D; zstyle ':completion:*' list-prompt ''; setopt no_menu_complete; source ${script}; echo rea''dy"
      zpty -r -m t all '*ready*'
      zpty -w -n t ${JSON.stringify(words.join(' '))}$'\\t\\t'
      zpty -r -m t all '*(END|${words.at(-1)}?*)*'
      for i in {1..20}; do sleep 0.05; zpty -r -t t more && all+=$more; done
      print -r -- "$all"`
    return [output('zsh', ['-f', '-c', program])]
  },
}

function output(shell: Shell, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(shell, args, { encoding: 'utf8', timeout: 20_000 })
  expect([shell, stderr, status]).toEqual([shell, '', 0])
  return stdout
}

function lines(text: string): string[] {
  return text.split('\n').filter(Boolean).toSorted()
}

describe.each(SHELLS)('%s', (shell) => {
  const isHere = spawnSync(shell, ['--version']).status === 0
  const offers = (...words: readonly string[]): readonly string[] => {
    const folder = temporaryFolder({ script: completion(shell) })
    return OFFERS[shell](['ena-otel', ...words], join(folder, 'script'))
  }

  test.for<[words: readonly string[], want: string]>([
    [['val'], 'validate'],
    [['run', '--proto'], '--protocol'],
    [['run', '--protocol', 'htt'], 'http/protobuf'],
    [['top', '--compat', 'show'], 'showmax'],
    [['once', '--form'], '--format'],
    [['once', '--format', 'otlp'], 'otlp-json'],
    [['completion', 'fi'], 'fish'],
    [['validate', '--certificate', '/etc/host.con'], '/etc/host.conf'],
  ])('completes %j to %s', ([words, want], { skip }) => {
    if (!isHere) skip(`${shell} is not installed`)
    if (want.startsWith('/etc') && shell !== 'bash') skip('completion of files is the shell’s own there')
    const offered = offers(...words)
    if (shell === 'zsh') expect(offered.join('')).toContain(want.slice(words.at(-1)!.length))
    else expect(offered).toEqual([want])
  })

  test('offers no option of another command', ({ skip }) => {
    if (!isHere) skip(`${shell} is not installed`)
    if (shell === 'zsh') expect(offers('run', '--form').join('')).not.toContain('--format')
    else expect([offers('run', '--form'), offers('schema', '--inc')]).toEqual([[], []])
  })
})

test('bash completes the value of --option=value', ({ skip }) => {
  if (spawnSync('bash', ['--version']).status !== 0) skip('bash is not installed')
  const folder = temporaryFolder({ script: completion('bash') })
  const words = ['ena-otel', 'run', '--protocol', '=', 'g']
  expect(OFFERS.bash(words, join(folder, 'script'))).toEqual(['grpc'])
})
