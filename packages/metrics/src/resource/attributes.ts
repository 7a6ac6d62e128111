// The attributes of an OTLP Resource, named after OpenTelemetry's semantic conventions 1.44 (the same in 1.45).
// https://opentelemetry.io/docs/specs/semconv/resource/ , and `ATTR_…` of @opentelemetry/semantic-conventions 1.45.0.

/** Attributes of a Resource: names to values that are never empty, sorted by name. */
export type ResourceAttributes = Readonly<Record<string, string>>

/** Some attributes of one source; undefined or '' = not offered by this source. */
export type OfferedAttributes = Readonly<Record<string, string | undefined>>

/** Every attribute that we set. OTEL_RESOURCE_ATTRIBUTES may add any other. */
export const ATTRIBUTE = {
  serviceName: 'service.name', // registry/attributes/service, stable
  serviceInstanceId: 'service.instance.id', // registry/attributes/service, stable
  serviceVersion: 'service.version', // registry/attributes/service, stable
  hostId: 'host.id', // registry/attributes/host, development: in a cloud the instance's id
  hostName: 'host.name', // registry/attributes/host, development
  hostType: 'host.type', // registry/attributes/host, development: in a cloud the instance type
  hostArch: 'host.arch', // registry/attributes/host, development: amd64, arm64, …
  hostImageId: 'host.image.id', // registry/attributes/host, development: the AMI
  osType: 'os.type', // registry/attributes/os, development: linux
  cloudProvider: 'cloud.provider', // registry/attributes/cloud, development: aws
  cloudPlatform: 'cloud.platform', // registry/attributes/cloud, development: aws_eks, aws_ec2
  cloudRegion: 'cloud.region', // registry/attributes/cloud, development
  cloudAvailabilityZone: 'cloud.availability_zone', // registry/attributes/cloud, development
  cloudAccountId: 'cloud.account.id', // registry/attributes/cloud, development
  k8sNodeName: 'k8s.node.name', // registry/attributes/k8s, stable
  k8sClusterName: 'k8s.cluster.name', // registry/attributes/k8s, stable
} as const

/** All attributes of the sources, a later source wins where it offers a value. */
export function mergeAttributes(sources: readonly OfferedAttributes[]): ResourceAttributes {
  const merged = new Map<string, string>()
  for (const source of sources) {
    for (const [name, value] of Object.entries(source)) {
      if (value !== undefined && value !== '') merged.set(name, value)
    }
  }
  return Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)))
}
