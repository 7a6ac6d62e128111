// The real agent on this machine, whose log can be read while it runs. It ends with the object, and with this process.
import { join } from 'node:path'

import { enaOtel, COMPLETE, REPOSITORY } from '../../harness/agent.ts'
import { type ServerProcess, serverProcess } from '../../amp/server-process.ts'

export interface AgentLine {
  /** 30 is info, 40 warn, 50 error. */
  readonly level: number
  readonly msg: string
}

export interface HostAgent extends AsyncDisposable {
  readonly lines: () => readonly AgentLine[]
  /** The first line that matches, as soon as there is one. @throws after 20 s */
  readonly logged: (pattern: RegExp) => Promise<string>
}

/** Resolves with its first line. */
export async function hostAgent(nodeName: string, args: readonly string[]): Promise<HostAgent> {
  const [node = '', program = '', ...run] = enaOtel('run', '--health-port', 'off', ...args)
  const server: ServerProcess<string> = await serverProcess({
    name: 'agent',
    command: () => [node, join(REPOSITORY, program), ...run],
    env: { ...COMPLETE, K8S_NODE_NAME: nodeName },
    ready: (line) => line,
  })
  return {
    lines: () => [server.ready, ...server.log().split('\n').slice(1)].map((line): AgentLine => JSON.parse(line)),
    logged: (pattern) => server.logged(pattern),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
