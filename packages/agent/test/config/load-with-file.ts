import { readConfigFile } from '../../src/config/file.ts'
import { configPath, type LoadedConfig, loadConfig } from '../../src/config/load.ts'

/** What the program loads: the flags, the environment and, where one is named, the file. */
export function loadWithFile(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  const path = configPath(flags, env)
  return loadConfig(flags, env, path === undefined ? undefined : readConfigFile(path))
}
