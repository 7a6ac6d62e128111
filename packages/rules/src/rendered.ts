// Every file that is rendered from this package.
import { DASHBOARDS } from './dashboards/dashboards.ts'
import { ruleFile } from './rule-file.ts'
import { withDefaults } from './thresholds.ts'

const HEADER = `# Rendered by packages/rules: change it there, then run node packages/rules/src/render.ts\n`
const CHART_HEADER = `${HEADER}# %{...} are values of the chart: rules.thresholds, rules.vpcResolvers, rules.runbookBaseUrl, rules.dashboardBaseUrl.\n`
const DOCS_HEADER = `${HEADER}# The alerts and recording rules with their default thresholds, for Prometheus and for AMP without the chart.\n`

/** Their texts, by the path from the repository's folder. */
export function rendered(): ReadonlyMap<string, string> {
  return new Map([
    ['charts/ena-otel/files/rules/ena-otel.rules.yaml', CHART_HEADER + ruleFile()],
    ['docs/rules/ena-otel.rules.yaml', DOCS_HEADER + withDefaults(ruleFile(false))],
    ...DASHBOARDS.map(
      ({ name, dashboard }) =>
        [`charts/ena-otel/files/dashboards/${name}.json`, `${JSON.stringify(dashboard, undefined, 2)}\n`] as const,
    ),
  ])
}
