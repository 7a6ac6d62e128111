// The names of telegraf's input `ethtool`, as its Prometheus outputs spell them. Source: influxdata/telegraf b272631 (1.40.0),
// plugins/inputs/ethtool/{ethtool,namespace}_linux.go, plugins/serializers/prometheus/convert.go; the same in 1.37.2.
import type { LinkFacts } from '../interfaces/link-facts.ts'
import { type Exporter, type ExporterPoint, gauge } from './exporter.ts'

/**
 * `ethtool_*{driver,host,interface,namespace}` for every ethtool statistic that was read, and what telegraf adds to them: the
 * boolean `ethtool_interface_up` (outputs of metric version 2 and remote write have it, version 1 has no booleans) and
 * `ethtool_{autoneg,duplex,link,speed}`. `namespace` is empty: the agent reads one network namespace, its own.
 *
 * Left out: `ethtool_speed` while it is unknown. Telegraf sends 0 or 2^64-1 then, depending on the driver.
 */
export const TELEGRAF: Exporter = {
  title: 'telegraf',
  source: 'influxdata/telegraf plugins/inputs/ethtool 1.40.0',
  interface: ({ name, driver, ethtool, link, time }, host) => {
    const attributes = { driver, host: host.name, interface: name, namespace: '' }
    const byName = new Map<string, ExporterPoint>()
    const add = (field: string, sample: { readonly value: number; readonly time: number }): void => {
      const metric = metricName(`ethtool_${field}`)
      byName.set(metric, gauge(metric, attributes, sample))
    }
    for (const [key, series] of ethtool) add(RENAMED.get(key) ?? key, series)
    for (const [field, value] of link ? linkFields(link) : []) if (value !== undefined) add(field, { value, time })
    return byName.values()
  },
}

// normalizeKey: ENA's counter would collide with telegraf's own boolean.
const RENAMED: ReadonlyMap<string, string> = new Map([['interface_up', 'interface_up_counter']])

// struct ethtool_link_settings: DUPLEX_HALF, DUPLEX_FULL, DUPLEX_UNKNOWN
const DUPLEXES = { half: 0, full: 1, unknown: 255 }

function linkFields({ up, carrier, settings }: LinkFacts): readonly (readonly [string, number | undefined])[] {
  const fields: [string, number | undefined][] = [['interface_up', up ? 1 : 0]]
  if (settings) {
    fields.push(
      ['autoneg', settings.autonegotiation ? 1 : 0],
      ['duplex', DUPLEXES[settings.duplex ?? 'unknown']],
      ['link', carrier ? 1 : 0],
      ['speed', settings.speed], // Mbit/s
    )
  }
  return fields
}

/** SanitizeMetricName: valid names stay; in others each bad character becomes an underscore, and those at the ends go. */
function metricName(name: string): string {
  if (/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) return name
  return name.replaceAll(/[^a-zA-Z0-9_:]/gu, '_').replaceAll(/^_+|_+$/g, '')
}
