import { createEnaMetricProducer, ec2Detector, kubernetesDetector } from '@ena-otel/metrics'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { detectResources, envDetector } from '@opentelemetry/resources'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

const producer = createEnaMetricProducer({ points: 'last' }) // a scrape takes one point of each series
const reader = new PrometheusExporter({ port: 9464, metricProducers: [producer] })
const resource = detectResources({ detectors: [ec2Detector, kubernetesDetector, envDetector] })
const meterProvider = new MeterProvider({ readers: [reader], resource })
process.once('SIGTERM', () => meterProvider.shutdown().then(() => process.exit()))
setInterval(() => undefined, 60_000) // your program, which runs for other reasons
