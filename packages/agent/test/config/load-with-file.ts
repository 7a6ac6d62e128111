import { fileURLToPath } from 'node:url'

import { expect } from 'vitest'

import { readConfigFile } from '../../src/config/file.ts'
import { configPath, type LoadedConfig, loadConfig } from '../../src/config/load.ts'
import { ConfigError } from '../../src/config/problem.ts'

/** A file with a client certificate and its key, for each option that names a PEM file. */
export const PEM: string = fileURLToPath(new URL('../otlp/fixtures/pair.pem', import.meta.url))

type Flags = Readonly<Record<string, unknown>>
type Environment = Readonly<Record<string, string | undefined>>

/** The configuration as the program loads it: with the flags, the environment and the file that one of them names. */
export function loadWithFile(flags: Flags, env: Environment = {}): LoadedConfig {
  const path = configPath(flags, env)
  return loadConfig(flags, env, path === undefined ? undefined : readConfigFile(path))
}

/** The lines of the error that refuses these options; with their configuration if they are accepted. */
export function problemsOf(flags: Flags, env: Environment = {}): readonly string[] {
  try {
    return [`accepted: ${JSON.stringify(loadWithFile(flags, env).config)}`]
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).lines
  }
}
