// What the producer and the agent report about themselves, which METRICS has no rows of.
import { EXPORT_METRICS } from '@ena-otel/agent/own-metrics'
import { SAMPLING_METRICS } from '@ena-otel/metrics/own-metrics'

export const OWN_METRICS = [...SAMPLING_METRICS, ...EXPORT_METRICS] as const
