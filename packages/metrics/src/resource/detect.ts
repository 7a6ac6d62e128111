// Who sends the metrics: the OTLP Resource of this agent. Sources, a later one winning where it offers a value:
//   defaults → the host (hostname, architecture) → DMI → IMDSv2 → downward API → OTEL_RESOURCE_ATTRIBUTES → OTEL_SERVICE_NAME → configuration
// so what somebody wrote down beats what was detected. IMDSv2 answers later, or never: `withIdentity` completes the resource.

import { randomUUID } from 'node:crypto'
import { ATTRIBUTE, mergeAttributes, type OfferedAttributes, type ResourceAttributes } from './attributes.ts'
import { dmiAttributes, isAmazonEc2, readDmi } from './dmi.ts'
import { environmentAttributes, type Environment } from './environment.ts'
import { identityAttributes, type InstanceIdentity } from './instance-identity.ts'
import type { ResourceLog } from './log.ts'
import { machineUuid } from './machine-id.ts'

export interface DetectOptions {
  readonly env: Environment
  /** Root of sysfs, '/sys' on a real machine. */
  readonly sysfs: string
  /** Folder of machine-id, '/etc' on a real machine. */
  readonly etc: string
  /** `os.hostname()`; '' = not known. */
  readonly hostname: string
  /** The agent's own version. */
  readonly version: string
  /** Node's name of the architecture; default `process.arch`. */
  readonly arch?: string
  /** Node's name of the operating system; default `process.platform`. */
  readonly platform?: string
  /** What the configuration says explicitly: it beats every other source. */
  readonly configured?: { readonly clusterName?: string | undefined; readonly nodeName?: string | undefined }
  readonly log: ResourceLog
}

export interface DetectedResource {
  /** What is known at once, without IMDSv2. Always has service.name and service.instance.id. */
  readonly attributes: ResourceAttributes
  /** The same completed by the instance identity document; undefined (IMDSv2 didn't answer) changes nothing. */
  readonly withIdentity: (identity: InstanceIdentity | undefined) => ResourceAttributes
  /** Whether DMI says that this is an EC2 instance; undefined = it can't tell. */
  readonly amazonEc2: boolean | undefined
}

/** The resource, from all sources that answer at once. Reads a few small files, starts nothing. Never throws; findings go to `log`. */
export function detectResource(options: DetectOptions): DetectedResource {
  const { env, configured, log } = options
  const dmi = readDmi(options, log)
  const detected = [defaultAttributes(options), hostAttributes(options), dmiAttributes(dmi)]
  const explicit = [
    environmentAttributes(env, log),
    { [ATTRIBUTE.k8sNodeName]: configured?.nodeName, [ATTRIBUTE.k8sClusterName]: configured?.clusterName },
  ]
  const machine = machineUuid(options, log)
  const lastResort = randomUUID()

  const withIdentity = (identity: InstanceIdentity | undefined): ResourceAttributes => {
    const known = mergeAttributes([
      ...detected,
      identity === undefined ? {} : identityAttributes(identity),
      ...explicit,
    ])
    const derived = {
      [ATTRIBUTE.cloudPlatform]: cloudPlatform(known),
      [ATTRIBUTE.serviceInstanceId]: instanceName(known) ?? machine ?? known[ATTRIBUTE.hostName] ?? lastResort,
    }
    return mergeAttributes([derived, known])
  }
  const attributes = withIdentity(undefined)
  if (attributes[ATTRIBUTE.serviceInstanceId] === lastResort) {
    log.warn(
      {},
      'resource: no node name, instance id, machine id or hostname; series start anew at each restart: set K8S_NODE_NAME',
    )
  }
  return { attributes, withIdentity, amazonEc2: isAmazonEc2(dmi) }
}

function defaultAttributes({ version }: DetectOptions): OfferedAttributes {
  return { [ATTRIBUTE.serviceName]: 'ena-otel', [ATTRIBUTE.serviceVersion]: version }
}

function hostAttributes({
  hostname,
  arch = process.arch,
  platform = process.platform,
}: DetectOptions): OfferedAttributes {
  return {
    [ATTRIBUTE.hostName]: hostname,
    [ATTRIBUTE.hostArch]: HOST_ARCH[arch] ?? arch,
    [ATTRIBUTE.osType]: platform,
  }
}

/** Node's names of architectures → the convention's, where they differ (`HOST_ARCH_VALUE_…`). */
const HOST_ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm: 'arm32', ia32: 'x86' }

/** undefined = not on AWS, as far as we know. */
function cloudPlatform(known: ResourceAttributes): string | undefined {
  if (known[ATTRIBUTE.cloudProvider] !== 'aws') return undefined
  return known[ATTRIBUTE.k8sNodeName] === undefined ? 'aws_ec2' : 'aws_eks'
}

/**
 * service.instance.id becomes Prometheus' label `instance`, so it must be unique for the node and the same after a restart: the node's name, else
 * the EC2 instance id, else (see the caller) a UUID of the machine id, else the hostname, else a random UUID with a warning.
 * A pod's hostname without hostNetwork is the pod's name and no good for this; therefore it comes last.
 */
function instanceName(known: ResourceAttributes): string | undefined {
  return known[ATTRIBUTE.k8sNodeName] ?? known[ATTRIBUTE.hostId]
}
