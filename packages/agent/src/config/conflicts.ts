// Options that are valid alone but not together.
import { accessSync, constants } from 'node:fs'

import { isPlaintext } from './endpoint.ts'
import { isOtelVariable } from './environment.ts'
import { readHeaderFile } from './header.ts'
import type { Config, OptionName } from './options.ts'

export type Origins = Readonly<Partial<Record<keyof Config, string>>>

export interface Problem {
  readonly origin: string
  /** One line that begins with the origin. */
  readonly line: string
  readonly option?: OptionName
}

/** What is wrong with this combination of options. */
export function conflicts(config: Config, origins: Origins): readonly Problem[] {
  const problems: Problem[] = []
  const report = (origin: string, text: string): number => problems.push({ origin, line: `${origin}: ${text}` })
  if (config.sampleInterval > config.exportInterval)
    report(
      origins.exportInterval ?? origins.sampleInterval ?? '',
      'exports would be more frequent than reads: make the export interval at least the sample interval',
    )
  if ((config.clientCertificate === undefined) !== (config.clientKey === undefined))
    report(
      origins.clientCertificate ?? origins.clientKey ?? '',
      'a client certificate and its key go together: set both, --client-certificate and --client-key',
    )
  const headers = headerFileProblem(config)
  if (headers !== undefined) report(origins.headerFile ?? '', headers)
  return problems
}

/**
 * A problem for each certificate or key that TLS needs and this process can't read. Without TLS none is read.
 *
 * A file that OpenTelemetry's variable names is no reason to stop: it may appear later, as a mounted Secret does. It is not ignored
 * either, because other authorities would then be trusted: exports fail, and points are queued, until it can be read.
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
      const what = isOtelVariable(origin) ? 'exports fail until it can be read' : 'name a PEM file'
      const who = isOtelVariable(origin) ? ` by uid ${process.getuid?.()}` : ` that uid ${process.getuid?.()} may read`
      return [{ origin, option, line: `${origin}: ${path} can't be read (${code}): ${what}${who}` }]
    }
  })
}

/** What is wrong with the file of headers, if there is one. */
function headerFileProblem({ headerFile }: Config): string | undefined {
  if (headerFile === undefined) return undefined
  try {
    readHeaderFile(headerFile)
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined) return message
    return `${headerFile} can't be read (${code}): name a file that uid ${process.getuid?.()} may read`
  }
}
