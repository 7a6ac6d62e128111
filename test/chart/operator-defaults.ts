// What the OpenTelemetry operator makes of the addresses in a collector's configuration. The operator can not be built here; this follows
// its source, v0.158.0: internal/components/single_endpoint.go (AddressDefaulter), internal/components/extensions/healthcheckv1.go
// (healthCheckV1AddressDefaulter), internal/components/component.go (PortFromEndpoint).

/** The parts of an OpenTelemetryCollector's configuration that have addresses. */
interface Config {
  readonly receivers: { readonly otlp: { readonly protocols: Readonly<Record<string, Server>> } }
  readonly extensions: { readonly health_check: Server; readonly [name: string]: object }
}

interface Server {
  readonly endpoint: string
}

/** The configuration that the collector gets: an endpoint without an address gets 0.0.0.0. */
export function withOperatorDefaults({ receivers, extensions, ...others }: Config): object {
  const protocols = Object.fromEntries(
    Object.entries(receivers.otlp.protocols).map(([name, server]) => [name, withAddress(server)]),
  )
  return {
    ...others,
    receivers: { ...receivers, otlp: { ...receivers.otlp, protocols } },
    extensions: { ...extensions, health_check: withAddress(extensions.health_check) },
  }
}

function withAddress({ endpoint, ...others }: Server): Server {
  return { ...others, endpoint: endpoint.replace(/^:/, '0.0.0.0:') }
}

/** The port of the container, the Service or the probe that the operator makes for an endpoint. */
export function operatorPort({ endpoint }: Server): number | undefined {
  const [text] = /:\d+/.exec(endpoint) ?? []
  return text === undefined ? undefined : Number(text.slice(1))
}
