// All dashboards, by the name of their file.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'

import { DNS } from './dns.ts'
import { FLEET } from './fleet.ts'
import { NODE_DASHBOARD } from './node.ts'

export const DASHBOARDS: readonly { readonly name: string; readonly dashboard: Dashboard }[] = [
  { name: 'fleet', dashboard: numbered(FLEET) },
  { name: 'node', dashboard: numbered(NODE_DASHBOARD) },
  { name: 'dns', dashboard: numbered(DNS) },
]

/** With an id for each panel, so that a link to one works after the dashboard was imported again. */
function numbered(dashboard: Dashboard): Dashboard {
  return { ...dashboard, panels: (dashboard.panels ?? []).map((panel, i) => ({ ...panel, id: i + 1 })) }
}
