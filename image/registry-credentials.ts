// The name and password for a registry: from the environment, else as Docker keeps them. Source: docker/cli, cli/config/configfile.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { output } from '../test/harness/command.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>
  readonly credHelpers?: Readonly<Record<string, string>>
  readonly credsStore?: string
}

/**
 * REGISTRY_USERNAME and REGISTRY_PASSWORD; else those of `$DOCKER_CONFIG/config.json` (`~/.docker`), there or from the credential helper
 * that it names; undefined when there are none.
 */
export async function registryCredentials(registry: string): Promise<Credentials | undefined> {
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } = process.env
  if (username !== undefined && password !== undefined) return { username, password }
  const { auths = {}, credHelpers = {}, credsStore } = dockerConfig()
  const auth = auths[registry]?.auth
  if (auth !== undefined && auth !== '') {
    const [, name = '', secret = ''] = /^([^:]*):(.*)$/.exec(Buffer.from(auth, 'base64').toString()) ?? []
    return { username: name, password: secret }
  }
  const helper = credHelpers[registry] ?? (registry in auths ? credsStore : undefined)
  if (helper === undefined) return undefined
  const answer = await output([`docker-credential-${helper}`, 'get'], { input: registry })
  const { Username, Secret } = JSON.parse(answer) as { readonly Username: string; readonly Secret: string }
  return { username: Username, password: Secret }
}

function dockerConfig(): DockerConfig {
  const file = join(process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker'), 'config.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DockerConfig
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}
