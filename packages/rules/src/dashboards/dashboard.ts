// What the dashboards have in common: their variables, their links to each other.
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'

import { CLUSTER, exported, INTERFACE, NODE } from '../names.ts'
import { ALERTS } from '../rule-file.ts'
import { DATA_SOURCE } from './panels.ts'

/** The metric that every agent sends, with the cluster and the node. */
const INTERFACES = exported('ena_otel.interfaces')
const TAG = 'ena-otel'

/** The alerts of this package about what is chosen, whether about a node or its cluster. The watchdog always fires. */
const NAMES = [...new Set(ALERTS.filter(({ severity }) => severity !== 'none').map(({ alert }) => alert))]
const FIRING = `ALERTS{${CLUSTER}=~"$cluster", ${NODE}=~"$node|", alertstate="firing", alertname=~"${NAMES.join('|')}"}`

/** Selects what is chosen at the top of the dashboard. */
export const SELECTED = `${CLUSTER}=~"$cluster", ${NODE}=~"$node"`
/** The same for `system.network.io` and `.errors`: only our series, not those of `agent.compat: [hostmetrics]`. */
export const SELECTED_OWN = `${SELECTED}, ${INTERFACE}!=""`
/** An interface in a legend, of one node and of many. */
export const ENI_LEGEND = `{{${INTERFACE}}}`
export const NODE_LEGEND = `{{${NODE}}}`
export const NODE_ENI_LEGEND = `{{${NODE}}} {{${INTERFACE}}}`

export interface DashboardText {
  /** It stays the same, as links and bookmarks contain it. */
  readonly uid: string
  readonly title: string
  readonly description: string
  /** Whether it shows one node or any number. */
  readonly nodes: 'one' | 'all'
  /** How far back it looks at first. */
  readonly from: string
}

/** A dashboard without panels. */
export function dashboard({ uid, title, description, nodes, from }: DashboardText): DashboardBuilder {
  const cluster = choice('cluster', 'Cluster', `label_values(${INTERFACES}, ${CLUSTER})`).multi(true)
  const node = choice('node', 'Node', `label_values(${INTERFACES}{${CLUSTER}=~"$cluster"}, ${NODE})`)
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .timezone('browser')
    .time({ from, to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('ena-otel')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .includeVars(true)
        .keepTime(true),
    )
    .annotation(
      new AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(DATA_SOURCE)
        .enable(true)
        .iconColor('red')
        .expr(FIRING)
        .step('60s')
        .titleFormat('{{alertname}} ({{severity}})')
        .textFormat(`{{${NODE}}} {{${INTERFACE}}}`)
        .tagKeys('severity'),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(all(cluster))
    .withVariable(nodes === 'one' ? node : all(node.multi(true)))
}

/** The head of the panels that come after it. */
export const row = (title: string): RowBuilder => new RowBuilder(title)

function choice(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATA_SOURCE)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
}

/** `.*` also matches series that lack the label. */
function all(variable: QueryVariableBuilder): QueryVariableBuilder {
  return variable.includeAll(true).allValue('.*').current({ text: 'All', value: '$__all' })
}
