// A real registry on the loopback, which asks for a name and a password.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { type ServerProcess, serverProcess } from '../amp/server-process.ts'
import { registry } from '../tools/registry.ts'

/** Who may push to it. */
export const USER = { username: 'pusher', password: 'push-secret' }

/** The password's hash, by bcrypt. */
const HTPASSWD = 'pusher:$2b$05$abcdefghijklmnopqrstuu6/o48Bl0qAFcpj1iOHd6o2aIZp2WjD2\n'

/** Starts one; `ready` is its host and port. @param auth how it asks; by HTTP's basic authentication by default */
export async function imageRegistry(auth?: object): Promise<ServerProcess<string>> {
  const program = await registry()
  return serverProcess({
    name: 'registry',
    command: (folder) => {
      const [file, passwords] = [join(folder, 'config.yml'), join(folder, 'htpasswd')]
      writeFileSync(passwords, HTPASSWD)
      const configuration = {
        version: 0.1,
        log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: join(folder, 'images') } },
        http: { addr: '127.0.0.1:0' },
        auth: auth ?? { htpasswd: { realm: 'test', path: passwords } },
      }
      writeFileSync(file, JSON.stringify(configuration)) // JSON is YAML
      return [program, 'serve', file]
    },
    env: { OTEL_TRACES_EXPORTER: 'none' },
    ready: (line) => /"listening on (127\.0\.0\.1:\d+)"/.exec(line)?.[1],
  })
}
