import { createEnaMetricProducer, ec2Detector, kubernetesDetector } from '@ena-otel/metrics'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { detectResources, envDetector } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'

const reader = new PeriodicExportingMetricReader({
  exporter: new OTLPMetricExporter(), // OTEL_EXPORTER_OTLP_ENDPOINT says where
  exportIntervalMillis: 15_000,
  metricProducers: [createEnaMetricProducer()],
})
const resource = detectResources({ detectors: [ec2Detector, kubernetesDetector, envDetector] })
const meterProvider = new MeterProvider({ readers: [reader], resource })
process.once('SIGTERM', () => meterProvider.shutdown().then(() => process.exit()))
setInterval(() => undefined, 60_000) // your program, which runs for other reasons
