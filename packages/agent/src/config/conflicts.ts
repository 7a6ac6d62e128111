// Options that are valid alone but not together, and a header file that can't be used.
import { redactedValue, urlOf } from './endpoint.ts'
import { readHeaderFile } from './header.ts'
import type { Config } from './options.ts'
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
    report(
      origins.headerFile,
      code === undefined ? message : `${redactedValue('headerFile', headerFile ?? '')} ${unreadable(error, 'a file')}`,
    )
  }
  return problems
}

/** A warning for each part of the endpoint that gRPC does not send. */
export function unsentParts({ endpoint, protocol, exporters }: Config, origins: Origins): readonly string[] {
  if (endpoint === undefined || protocol !== 'grpc' || !exporters.includes('otlp')) return []
  const { pathname, search, username, password } = urlOf(endpoint)
  const has = `${origins.endpoint}: gRPC does not send`
  return [
    ...(pathname === '/' && search === '' ? [] : [`${has} a path: leave it out, or set --protocol http/protobuf`]),
    ...(username === '' && password === '' ? [] : [`${has} user info: set --header Authorization=… instead`]),
  ]
}
