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

/**
 * With an id for each panel, so that a link to one works after the dashboard was imported again. The SDK puts links into a menu: without that
 * placement, they are in the toolbar.
 */
function numbered(dashboard: Dashboard): Dashboard {
  const links = (dashboard.links ?? []).map((link) => {
    const shown = { ...link }
    delete shown.placement
    return shown
  })
  return { ...dashboard, links, panels: (dashboard.panels ?? []).map((panel, i) => ({ ...panel, id: i + 1 })) }
}
