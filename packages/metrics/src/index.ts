// What @ena-otel/metrics offers: a node's network counters as a MetricProducer, and who the node is as ResourceDetectors.
export { createEnaMetricProducer, type EnaMetricProducer, type EnaMetricProducerOptions } from './producer.ts'
export { createEc2Detector, ec2Detector, type Ec2DetectorOptions } from './resource/ec2-detector.ts'
export {
  createKubernetesDetector,
  kubernetesDetector,
  type KubernetesDetectorOptions,
} from './resource/kubernetes-detector.ts'
export { createImds, type Imds, type ImdsOptions } from './resource/imds.ts'
export { type AttachedInterface } from './sampling/attached-interfaces.ts'
export { type Ecosystem, ECOSYSTEMS } from './compatibility/ecosystems.ts'
export { type Log, type LogLine } from './log.ts'
export { COUNTERS, type Counter, type Metric, metricNamed, METRICS } from './table.ts'
