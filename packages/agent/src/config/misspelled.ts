// Mistyped variables: ENA_OTEL_SAMPEL_INTERVAL.
import { type Environment, variable, variableName } from './environment.ts'

/** Variables that Kubernetes sets in each pod for a Service ena-otel or ena-otel-NAME ("service links"). */
const SERVICE_LINK = /^ENA_OTEL_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/
/** Kubernetes also sets ENA_OTEL_PORT=tcp://10.0.0.1:80. Only its value differs from a mistyped ENA_OTEL_HEALTH_PORT. */
const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//

/** A warning for each variable that begins with ENA_OTEL_ but belongs to no option. */
export function misspelledVariables(env: Environment, options: readonly string[]): readonly string[] {
  const known = [...options, 'config'].map(variableName)
  return Object.keys(env)
    .filter((name) => name.startsWith('ENA_OTEL_') && !known.includes(name) && !SERVICE_LINK.test(name))
    .filter((name) => !SERVICE_ADDRESS.test(variable(name, env) ?? ''))
    .map((name) => `${name} is not an option, so it is ignored (did you mean ${closest(name, known)}?)`)
}

function closest(name: string, known: readonly string[]): string {
  const [first = ''] = known.toSorted((a, b) => distance(name, a) - distance(name, b))
  return first
}

/** Levenshtein distance: how many letters must be added, removed or replaced. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (const [i, letter] of from.split('').entries()) {
    const next = [i + 1]
    for (const [j, other] of to.split('').entries())
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other ? 0 : 1)))
    row = next
  }
  return row[to.length]!
}
