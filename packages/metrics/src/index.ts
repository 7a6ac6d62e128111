// What @ena-otel/metrics offers.
export { COUNTERS, METRICS, type Counter, type Metric } from './table.ts'
