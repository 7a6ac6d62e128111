// The panels of all dashboards, and their queries as Grafana asks them.
import { DASHBOARDS } from '../src/dashboards/dashboards.ts'

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly Target[]
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}

/** One query. */
export interface Target {
  readonly expr: string
  readonly refId: string
  readonly legendFormat?: string
  /** Whether it is asked for now only, not over the chosen time. */
  readonly instant?: boolean
  readonly datasource: { readonly uid: string }
}

export interface PanelOfDashboard extends Panel {
  /** The name of the dashboard's file. */
  readonly dashboard: string
  /** Both, for a test's title. */
  readonly name: string
}

/** Without the heads of rows. */
export const PANELS: readonly PanelOfDashboard[] = DASHBOARDS.flatMap(({ name, dashboard }) =>
  (dashboard.panels as readonly Panel[])
    .filter(({ type }) => type !== 'row')
    .map((panel) => ({ ...panel, dashboard: name, name: `${name}: ${panel.title}` })),
)

/** What is chosen at the top of a dashboard, as regular expressions. */
export interface Chosen {
  readonly cluster: string
  readonly node: string
}

/** As Grafana asks, with its variables replaced. By default all is chosen. */
export function asGrafana(expr: string, { cluster, node }: Chosen = { cluster: '.*', node: '.*' }): string {
  return expr
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__interval', '15s')
    .replaceAll('$__range', '3h')
    .replaceAll('$cluster', cluster)
    .replaceAll('$node', node)
}
