// The files of TLS, read before anything starts. Node accepts a CA file without a certificate, and then trusts no collector.
import type { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

import { isPlaintext, redactedValue } from './endpoint.ts'
import type { Config } from './options.ts'
import { isOtelVariable } from './otel-variables.ts'
import { type Origins, type Problem, unreadable } from './problem.ts'

/** What is wrong with the content of a file; `undefined` when TLS can use it. */
type Check = (pem: string) => string | undefined

const CHECKS: Readonly<Record<'certificate' | 'clientCertificate' | 'clientKey', Check>> = {
  certificate: certificateProblem,
  clientCertificate: certificateProblem,
  clientKey: keyProblem,
}

/**
 * A problem for each certificate or key that TLS can't use or this process can't read. Without TLS none is read.
 *
 * A file that an OTEL_* variable names does not stop the agent: it may appear later, as a mounted Secret does. It is not ignored
 * either, because other authorities would then be trusted. Exports fail, and points are queued, until it can be used.
 */
export function tlsFileProblems(config: Config, origins: Origins): readonly Problem[] {
  if (config.endpoint !== undefined && isPlaintext(config)) return []
  const options = Object.keys(CHECKS) as (keyof typeof CHECKS)[]
  const problems = options.flatMap((option) => {
    const path = config[option]
    const origin = origins[option]
    if (path === undefined || origin === undefined) return []
    const problem = fileProblem(path, CHECKS[option], isOtelVariable(origin))
    return problem === undefined ? [] : [{ origin, line: `${origin}: ${redactedValue(option, path)} ${problem}` }]
  })
  return problems.length > 0 ? problems : pairProblems(config, origins)
}

/** @param isKept the agent starts all the same */
function fileProblem(path: string, check: Check, isKept: boolean): string | undefined {
  try {
    const problem = kindProblem(path) ?? check(readFileSync(path, 'latin1'))
    return problem && `${problem}: ${isKept ? EXPORTS_FAIL : 'name a PEM file'}`
  } catch (error) {
    if (!isKept) return unreadable(error, 'a PEM file')
    const { code } = error as NodeJS.ErrnoException
    return `can't be read (${code}): exports fail until it can be read by uid ${process.getuid?.()}`
  }
}

const EXPORTS_FAIL = 'exports fail until that is corrected'

/** It must be possible to read the file again: certificates are renewed. */
function kindProblem(path: string): string | undefined {
  const file = statSync(path)
  if (file.isDirectory()) return 'is a folder'
  return file.isFile() ? undefined : 'is a pipe or a device'
}

function certificateProblem(pem: string): string | undefined {
  const certificates = pem
    .split(/(?=-----BEGIN )/)
    .filter((block) => /^-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/.test(block))
  if (certificates.length === 0) return 'holds no certificate'
  const damaged = certificates.findIndex((block) => !isCertificate(block))
  if (damaged === -1) return undefined
  return `holds a certificate that can't be read (number ${damaged + 1} of ${certificates.length})`
}

function isCertificate(pem: string): boolean {
  try {
    parseCertificate(pem)
    return true
  } catch {
    return false // OpenSSL's reason helps nobody
  }
}

/** `node:crypto` is loaded only when there is a file to check. */
function parseCertificate(pem: string): X509Certificate {
  return new (process.getBuiltinModule('node:crypto').X509Certificate)(pem)
}

function keyProblem(pem: string): string | undefined {
  if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem)) return 'is encrypted with a passphrase'
  try {
    process.getBuiltinModule('node:crypto').createPrivateKey(pem)
    return undefined
  } catch {
    return 'holds no private key' // OpenSSL's reason helps nobody
  }
}

/** Whether both files, of which neither has a problem, belong together. */
function pairProblems({ clientCertificate, clientKey }: Config, origins: Origins): readonly Problem[] {
  const origin = origins.clientKey
  if (clientCertificate === undefined || clientKey === undefined || origin === undefined) return []
  const key = process.getBuiltinModule('node:crypto').createPrivateKey(readFileSync(clientKey))
  if (parseCertificate(readFileSync(clientCertificate, 'latin1')).checkPrivateKey(key)) return []
  const problem = `is not the key of ${clientCertificate} (${origins.clientCertificate})`
  const remedy = isOtelVariable(origin) ? EXPORTS_FAIL : 'name the key of that certificate'
  return [{ origin, line: `${origin}: ${clientKey} ${problem}: ${remedy}` }]
}
