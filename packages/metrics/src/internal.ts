// What our agent uses besides the public API. No part of what is published.
export * from './index.ts'
export { observe, own, type OwnMetric } from './own-metrics.ts'
export { mergeAttributes, ATTRIBUTE, type ResourceAttributes } from './resource/attributes.ts'
export { detectResource } from './resource/detect.ts'
export { imdsEndpoint } from './resource/imds-endpoint.ts'
export { type Clock, monotonicClock, processClock, systemClock } from './sampling/clock.ts'
export { createProblems } from './sampling/problems.ts'
export { every, phaseOf, type Schedule } from './sampling/schedule.ts'
