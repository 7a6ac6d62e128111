// The configuration that users of ADOT have for Amazon Managed Prometheus: otlp → memory_limiter → batch → remote write, signed.

export interface AdotTarget {
  /** Of the workspace: …/api/v1/remote_write */
  readonly remoteWriteUrl: string
  readonly region: string
  /** 0: the kernel chooses. */
  readonly grpcPort: number
  readonly httpPort: number
}

/** As JSON, which is YAML. The ids are the old ones, which all versions know. */
export interface AdotConfiguration {
  readonly extensions: Readonly<Record<string, unknown>>
  readonly receivers: Readonly<Record<string, unknown>>
  readonly processors: Readonly<Record<string, unknown>>
  readonly exporters: Readonly<Record<string, object>>
  readonly service: {
    readonly extensions: readonly string[]
    readonly telemetry: object
    readonly pipelines: Readonly<Record<string, unknown>>
  }
}

/** The limit of AMP for a request is 1 MB; the exporter's default is 3. */
const MAX_BATCH_BYTES = 1_000_000

export function adotConfiguration({ remoteWriteUrl, region, grpcPort, httpPort }: AdotTarget): AdotConfiguration {
  return {
    extensions: { sigv4auth: { region, service: 'aps' } },
    receivers: {
      otlp: {
        protocols: { grpc: { endpoint: `127.0.0.1:${grpcPort}` }, http: { endpoint: `127.0.0.1:${httpPort}` } },
      },
    },
    processors: {
      memory_limiter: { check_interval: '1s', limit_percentage: 80, spike_limit_percentage: 25 },
      batch: {},
    },
    exporters: {
      prometheusremotewrite: {
        endpoint: remoteWriteUrl,
        auth: { authenticator: 'sigv4auth' },
        resource_to_telemetry_conversion: { enabled: true },
        max_batch_size_bytes: MAX_BATCH_BYTES,
      },
    },
    service: {
      extensions: ['sigv4auth'],
      telemetry: { logs: { encoding: 'json' }, metrics: { level: 'none' } },
      pipelines: {
        metrics: {
          receivers: ['otlp'],
          processors: ['memory_limiter', 'batch'],
          exporters: ['prometheusremotewrite'],
        },
      },
    },
  }
}
