// The name of a metric of the table in Prometheus or AMP, after the collector's prometheusremotewrite exporter.
//
// Source: github.com/prometheus/otlptranslator 1.0.0, metric_namer.go (normalizeName), unit_namer.go, label_namer.go, which
// opentelemetry-collector-contrib 0.155.0, pkg/translator/prometheusremotewrite, calls with the exporter's default settings
// (UnderscoreEscapingWithSuffixes). Only the units of METRICS are here. test/prometheus-name.test.ts compares every row with the name
// that a real collector writes.
import type { Metric } from '@ena-otel/metrics/table'

/** otlptranslator, unitMap: units that are spelled out. Units in braces, `{packet}`, are left out, and so is `1`. */
const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': '' }

/** otlptranslator, perUnitMap. */
const PER_UNITS: Readonly<Record<string, string>> = { s: 'second' }

/**
 * The metric's name in PromQL: `ena.allowance.exceeded` in `{packet}`, a counter, is `ena_allowance_exceeded_total`. An updowncounter
 * gets no `_total`, because its Sum is not monotonic. A gauge of unit `1` gets `_ratio`.
 *
 * @throws RangeError for a unit that is not in the maps above
 */
export function prometheusName({ name, kind, unit }: Pick<Metric, 'name' | 'kind' | 'unit'>): string {
  const [main = '', per] = unit.split('/')
  const words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '')
  for (const word of [spelledOut(main, UNITS), per === undefined ? '' : `per_${spelledOut(per, PER_UNITS)}`]) {
    if (word !== '' && !words.includes(word)) words.push(word)
  }
  const suffix = kind === 'counter' ? 'total' : kind === 'gauge' && unit === '1' ? 'ratio' : undefined
  return (suffix === undefined ? words : [...words.filter((word) => word !== suffix), suffix]).join('_')
}

/** The label that an attribute becomes: `k8s.node.name` is `k8s_node_name`. */
export function prometheusLabel(attribute: string): string {
  return attribute.replace(/[^a-zA-Z0-9]+/g, '_')
}

function spelledOut(unit: string, words: Readonly<Record<string, string>>): string {
  if (unit === '' || unit.includes('{')) return ''
  const word = words[unit]
  if (word === undefined) throw new RangeError(`prometheus-name.ts: the unit ${unit} has no word yet`)
  return word
}
