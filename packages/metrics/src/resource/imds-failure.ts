// What went wrong with a question to IMDSv2, how far it reaches, and what to do about it.

import type { ImdsAnswer } from './imds-request.ts'

/** What a failure says about: this path's answer, the service now, or the service for as long as this agent runs. */
export type Scope = 'path' | 'service' | 'for good'

/** An answer of IMDS with a status that carries no value. */
export class Refusal extends Error {
  readonly scope: Scope
  constructor(method: 'GET' | 'PUT', path: string, { status }: ImdsAnswer) {
    super(`${method} ${path} answered ${status}`)
    // 403: instance metadata is turned off. A token that is 404 or 405: something else than IMDSv2 lives at this address.
    const forGood = status === 403 || (method === 'PUT' && (status === 404 || status === 405))
    // Without a token, or with one that isn't taken (401), no path can be had.
    this.scope = forGood ? 'for good' : method === 'PUT' || status === 401 ? 'service' : 'path'
  }
}

/** The scope of any error that a question to IMDS ends with: an answer that can't be parsed is the path's, no answer the service's. */
export function scopeOf(error: Error): Scope {
  if (error instanceof Refusal) return error.scope
  return error instanceof SyntaxError ? 'path' : 'service'
}

/** What somebody who reads of the error can do about it. */
export function adviceFor(error: Error): string {
  return ADVICE[error instanceof Refusal && error.scope === 'service' ? 'path' : scopeOf(error)]
}

const ADVICE: Readonly<Record<Scope, string>> = {
  path: 'If this is no EC2 instance, set AWS_EC2_METADATA_DISABLED=true.',
  service:
    'Run the pod with hostNetwork: true (a hop limit of 1 keeps pods out), or set AWS_EC2_METADATA_DISABLED=true.',
  'for good': "Turn the instance's metadata service on (HttpEndpoint=enabled), or set AWS_EC2_METADATA_DISABLED=true.",
}
