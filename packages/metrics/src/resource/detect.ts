// The OTLP Resource of the agent. Sources, a later one wins:
//   defaults → the host (hostname, architecture) → DMI → IMDSv2 → downward API → OTEL_RESOURCE_ATTRIBUTES → OTEL_SERVICE_NAME → configuration
// so an explicit value wins over a detected one. IMDSv2 answers later, or never: `withIdentity` completes the resource.
// The detectors (ec2-detector.ts, kubernetes-detector.ts) give the same attributes; a Resource of the SDK cannot change later, this one can.

import { randomUUID } from 'node:crypto'

import type { Log } from '../log.ts'
import { ATTRIBUTE, mergeAttributes, type OfferedAttributes, type ResourceAttributes } from './attributes.ts'
import { isAmazonEc2, readDmi } from './dmi.ts'
import { ec2Attributes } from './ec2-detector.ts'
import { environmentAttributes, type Environment } from './environment.ts'
import { kubernetesAttributes } from './kubernetes-detector.ts'
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
  /** Explicit configuration: it wins over every other source. */
  readonly configured?: { readonly clusterName?: string | undefined; readonly nodeName?: string | undefined }
  readonly log: Log
}

export interface DetectedResource {
  /** What is known without IMDSv2. Always has service.name and service.instance.id. */
  readonly attributes: ResourceAttributes
  /** The same, completed by the instance identity document; undefined (IMDSv2 did not answer) changes nothing. */
  readonly withIdentity: (identity: ResourceAttributes | undefined) => ResourceAttributes
  /** Whether DMI says that this is an EC2 instance; undefined = it does not say. */
  readonly amazonEc2: boolean | undefined
}

/** The resource, from all sources that answer at once. Reads a few small files and sends nothing. Never throws; problems are logged. */
export function detectResource(options: DetectOptions): DetectedResource {
  const { env, configured, log } = options
  const dmi = readDmi(options, log)
  const detected = [defaultAttributes(options), hostAttributes(options)]
  const explicit = [
    kubernetesAttributes(env),
    environmentAttributes(env, log),
    { [ATTRIBUTE.k8sNodeName]: configured?.nodeName, [ATTRIBUTE.k8sClusterName]: configured?.clusterName },
  ]
  const machine = machineUuid(options, log)
  const random = randomUUID()

  const withIdentity = (identity: ResourceAttributes | undefined): ResourceAttributes => {
    const known = mergeAttributes([...detected, ec2Attributes(env, dmi, identity), ...explicit])
    const instance = instanceName(known) ?? machine ?? known[ATTRIBUTE.hostName] ?? random
    return mergeAttributes([{ [ATTRIBUTE.serviceInstanceId]: instance }, known])
  }
  const attributes = withIdentity(undefined)
  if (attributes[ATTRIBUTE.serviceInstanceId] === random) {
    log.warn(
      {},
      'resource: no node name, instance id, machine id or hostname; all series start again at each restart: set K8S_NODE_NAME',
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

/**
 * service.instance.id becomes Prometheus' label `instance`, so it must be unique to the node and survive a restart: the node's name, otherwise
 * the EC2 instance id, otherwise (see the caller) a UUID of the machine id, the hostname, or a random UUID with a warning.
 * Without hostNetwork a pod's hostname is the pod's name, which changes: therefore it comes late.
 */
function instanceName(known: ResourceAttributes): string | undefined {
  return known[ATTRIBUTE.k8sNodeName] ?? known[ATTRIBUTE.hostId]
}
