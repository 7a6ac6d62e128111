// The panels that all dashboards are made of: what they have in common is said once.
// The dashboards are of Grafana's classic schema, which provisioning, grafana-operator and Amazon Managed Grafana take.
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  FieldColorBuilder,
  FieldColorModeId,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as StatusHistory } from '@grafana/grafana-foundation-sdk/statushistory'
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries'

/** The data source that is chosen at the top of the dashboard. */
export const DATA_SOURCE = { type: 'prometheus', uid: '${datasource}' }

export interface PanelText {
  readonly title: string
  /** One line: how to read it. */
  readonly description: string
  /** An id of Grafana's units: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  readonly unit: string
  /** Of 24; 12 by default. */
  readonly span?: number
}

export interface Query {
  readonly expr: string
  readonly legend?: string
  /** Its name in a table, where several queries become one. */
  readonly refId?: string
}

/** A line for each series. @param limit a line across, at this value */
export function lines(text: PanelText, queries: readonly Query[], limit?: number): TimeSeries {
  const panel = texts(new TimeSeries(), text)
    .height(HEIGHT)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(8)
    .showPoints(VisibilityMode.Never)
    .axisSoftMin(0)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .calcs(['max', 'lastNotNull']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .targets(queries.map((query, i) => overTime({ refId: LETTERS[i]!, ...query })))
  if (limit === undefined) return panel
  return panel
    .thresholds(steps([{ value: limit, color: 'red' }]))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
}

/** A bar for each step in which something happened. */
export function bars(text: PanelText, queries: readonly Query[], limit?: number): TimeSeries {
  return lines(text, queries, limit).drawStyle(GraphDrawStyle.Bars).fillOpacity(70)
}

/** One number for now. @param above colours by value: green below the first */
export function number(text: PanelText, query: Query, above: readonly Threshold[] = []): Stat {
  return texts(new Stat(), text)
    .height(4)
    .colorMode(above.length === 0 ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(steps(above))
    .targets([now(query)])
}

/** The few that have most of something, now. */
export function ranking(text: PanelText, query: Query): BarGauge {
  return texts(new BarGauge(), text)
    .height(HEIGHT)
    .orientation(VizOrientation.Horizontal)
    .min(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.ContinuousBlPu))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .targets([now(query)])
}

/**
 * A heat map: a row for each series, a column for each step, a colour for the value. Grafana draws no more columns than half of the panel's
 * pixels, and shows an error instead: 300 are few enough on a panel of 1,240 pixels with names at its left, for any time.
 */
export function heatMap(text: PanelText, query: Query, max: number): StatusHistory {
  return texts(new StatusHistory(), text)
    .height(10)
    .min(0)
    .max(max)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.ContinuousYlRd))
    .showValue(VisibilityMode.Never)
    .rowHeight(0.9)
    .interval('1m')
    .maxDataPoints(300)
    .legend(new VizLegendOptionsBuilder().showLegend(false).displayMode(LegendDisplayMode.Hidden))
    .targets([overTime(query)])
}

export interface Column {
  /** The label, or `Value #A` for the query A. */
  readonly field: string
  readonly title: string
  readonly unit?: string
  /** Where a click leads. */
  readonly link?: { readonly title: string; readonly url: string }
}

/** A row for each set of labels, a column for each query. */
export function table(text: PanelText, queries: readonly Query[], columns: readonly Column[]): Table {
  const panel = texts(new Table(), text)
    .height(10)
    .filterable(true)
    .targets(queries.map((query) => now(query).format(PromQueryFormat.Table)))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(columns.map(({ field }, i) => [field, i])),
        renameByName: Object.fromEntries(columns.map(({ field, title }) => [field, title])),
      },
    })
  for (const { title, unit, link } of columns) {
    if (unit !== undefined) panel.overrideByName(title, [{ id: 'unit', value: unit }])
    if (link !== undefined) panel.overrideByName(title, [{ id: 'links', value: [link] }])
  }
  return panel
}

const HEIGHT = 8
const LETTERS = 'ABCDEF'

interface WithTexts {
  title(title: string): this
  description(description: string): this
  unit(unit: string): this
  span(width: number): this
  datasource(source: typeof DATA_SOURCE): this
}

function texts<P extends WithTexts>(panel: P, { title, description, unit, span = 12 }: PanelText): P {
  return panel.title(title).description(description).unit(unit).span(span).datasource(DATA_SOURCE)
}

/** Green below the first. */
function steps(above: readonly Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([{ value: null, color: 'green' }, ...above])
}

function query({ expr, legend, refId = 'A' }: Query): DataqueryBuilder {
  const built = new DataqueryBuilder().refId(refId).expr(expr).datasource(DATA_SOURCE)
  return legend === undefined ? built : built.legendFormat(legend)
}

const overTime = (asked: Query): DataqueryBuilder => query(asked).range()
const now = (asked: Query): DataqueryBuilder => query(asked).instant()
