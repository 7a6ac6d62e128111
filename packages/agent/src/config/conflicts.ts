// Options that are valid alone but not together, and unreadable files that options name.
import { accessSync, constants } from 'node:fs'

import { isPlaintext } from './endpoint.ts'
import { readHeaderFile } from './header.ts'
import type { Config } from './options.ts'
import { isOtelVariable } from './otel-variables.ts'
import { type Origins, type Problem, unreadable } from './problem.ts'

/** What is wrong with this combination of options. */
export function conflicts(config: Config, origins: Origins): readonly Problem[] {
  const { sampleInterval, exportInterval, clientCertificate, clientKey, headerFile } = config
  const problems: Problem[] = []
  const report = (origin = '', text: string): number => problems.push({ origin, line: `${origin}: ${text}` })
  if (sampleInterval > exportInterval)
    report(
      origins.exportInterval ?? origins.sampleInterval,
      'exports would be more frequent than reads: make the export interval at least the sample interval',
    )
  if ((clientCertificate === undefined) !== (clientKey === undefined))
    report(
      origins.clientCertificate ?? origins.clientKey,
      'a client certificate and its key go together: set both, --client-certificate and --client-key',
    )
  try {
    if (headerFile !== undefined) readHeaderFile(headerFile)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    report(origins.headerFile, code === undefined ? message : `${headerFile} ${unreadable(error, 'a file')}`)
  }
  return problems
}

/**
 * A problem for each certificate or key that TLS needs and this process can't read. Without TLS none is read.
 *
 * A file that an OTEL_* variable names does not stop the agent: it may appear later, as a mounted Secret does. It is not ignored
 * either, because other authorities would then be trusted. Exports fail, and points are queued, until it can be read.
 */
export function unreadableFiles(config: Config, origins: Origins): readonly Problem[] {
  if (config.endpoint !== undefined && isPlaintext(config)) return []
  return (['certificate', 'clientCertificate', 'clientKey'] as const).flatMap((option) => {
    const path = config[option]
    const origin = origins[option]
    if (path === undefined || origin === undefined) return []
    try {
      accessSync(path, constants.R_OK)
      return []
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const problem = isOtelVariable(origin)
        ? `can't be read (${code}): exports fail until it can be read by uid ${process.getuid?.()}`
        : unreadable(error, 'a PEM file')
      return [{ origin, line: `${origin}: ${path} ${problem}` }]
    }
  })
}
