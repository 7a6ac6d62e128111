/** Ecosystems whose metric names can be sent beside our own. */
export const ECOSYSTEMS = ['showmax', 'node_exporter', 'telegraf', 'cloudwatch', 'datadog', 'hostmetrics'] as const
export type Ecosystem = (typeof ECOSYSTEMS)[number]
