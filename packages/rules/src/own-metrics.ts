// The agent's own metrics, which METRICS has no rows of.
export { OWN_METRICS } from '@ena-otel/agent/own-metrics'
