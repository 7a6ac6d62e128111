// The text form of fixtures: `# key: value` lines, then for each command its reply in hex, or the errno it fails with.
import { readFileSync } from 'node:fs'
import { COMMANDS } from '../src/uapi.ts'

export type CommandName = keyof typeof COMMANDS

/** What a fake kernel answers: bytes, or a (positive) errno. A command that isn't there gives EOPNOTSUPP. */
export type Replies = Partial<Record<CommandName, Buffer | number>>

export function formatFixture(metadata: Readonly<Record<string, string>>, replies: Replies): string {
  const head = Object.entries(metadata).map(([key, value]) => `# ${key}: ${value}`)
  const body = Object.entries(replies).map(([command, reply]) =>
    typeof reply === 'number' ? `${command} errno ${reply}` : `${command}\n${hexLines(reply).join('\n')}`,
  )
  return [...head, '', ...body, ''].join('\n')
}

export function parseFixture(text: string): Replies {
  const replies: Replies = {}
  let current: CommandName | undefined
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('  ')) {
      const reply = current === undefined ? undefined : replies[current]
      if (current === undefined || !Buffer.isBuffer(reply)) throw new Error(`hex without a command: ${line}`)
      replies[current] = Buffer.concat([reply, Buffer.from(line.replaceAll(' ', ''), 'hex')])
      continue
    }
    const [command, , errno] = line.split(' ')
    if (command === undefined || !Object.hasOwn(COMMANDS, command)) throw new Error(`unknown command: ${line}`)
    current = command as CommandName
    replies[current] = errno === undefined ? Buffer.alloc(0) : Number(errno)
  }
  return replies
}

/** Returns the text of a file under `fixtures/`. */
export function fixtureText(file: string): string {
  return readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')
}

/** Returns what a NIC answered, by the name of its fixture. */
export function fixture(name: string): Replies {
  return parseFixture(fixtureText(`${name}.hex`))
}

function hexLines(bytes: Buffer): string[] {
  const words = bytes.toString('hex').match(/.{1,8}/g) ?? []
  return Array.from(
    { length: Math.ceil(words.length / 8) },
    (_, row) => `  ${words.slice(row * 8, row * 8 + 8).join(' ')}`,
  )
}
