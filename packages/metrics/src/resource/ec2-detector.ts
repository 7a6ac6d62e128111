// The EC2 instance that this program runs on: at once what DMI says, and later what IMDSv2 answers.

import { setTimeout } from 'node:timers/promises'

import type { ResourceDetector } from '@opentelemetry/resources'

import { diagLog } from '../diag-log.ts'
import type { Log } from '../log.ts'
import { ATTRIBUTE, mergeAttributes, type ResourceAttributes } from './attributes.ts'
import { dmiAttributes, isAmazonEc2, readDmi, type Dmi } from './dmi.ts'
import type { Environment } from './environment.ts'
import { imdsEndpoint } from './imds-endpoint.ts'
import { createImds, type Imds } from './imds.ts'

export interface Ec2DetectorOptions {
  /** Default `process.env`. */
  readonly env?: Environment
  /** Root of sysfs. Default '/sys'. */
  readonly sysfs?: string
  /** A client of IMDS that the caller shares and closes. Default one of the detector's own, closed after its answer. */
  readonly imds?: Imds
  /** How long exports may wait for IMDS. Default 3000: time for two attempts. */
  readonly waitMs?: number
  /** Default `diag` of @opentelemetry/api. */
  readonly log?: Log
}

/** The attributes that IMDS can add to those of DMI. */
const EC2_ATTRIBUTES = [
  ATTRIBUTE.cloudProvider,
  ATTRIBUTE.cloudPlatform,
  ATTRIBUTE.cloudRegion,
  ATTRIBUTE.cloudAvailabilityZone,
  ATTRIBUTE.cloudAccountId,
  ATTRIBUTE.hostId,
  ATTRIBUTE.hostType,
  ATTRIBUTE.hostImageId,
]
const POLL_MS = 200

/** What DMI and, once it is known, the identity say about the instance. Nothing when neither says that this is EC2. */
export function ec2Attributes(
  env: Environment,
  dmi: Dmi,
  identity: ResourceAttributes | undefined,
): ResourceAttributes {
  const known = mergeAttributes([dmiAttributes(dmi), identity ?? {}])
  if (known[ATTRIBUTE.cloudProvider] === undefined) return known
  return mergeAttributes([{ [ATTRIBUTE.cloudPlatform]: awsPlatform(env) }, known])
}

/**
 * `cloud.platform`: https://opentelemetry.io/docs/specs/semconv/registry/attributes/cloud/
 * `aws_eks` when EKS Pod Identity gave this container a token file, otherwise `aws_ec2`. Source: AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE,
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
 *
 * A node name or a cluster name proves only Kubernetes, which may be self-managed on EC2. EKS is known from EKS Pod Identity, which exists
 * nowhere else, or because OTEL_RESOURCE_ATTRIBUTES says `cloud.platform=aws_eks`. Other marks are not reliable: self-managed clusters can run
 * the IRSA webhook too, and the API server's version lost its `-eks-` in Kubernetes 1.35:
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/pull/45885
 */
function awsPlatform(env: Environment): 'aws_eks' | 'aws_ec2' {
  return env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE?.includes('/pods.eks.amazonaws.com/') ? 'aws_eks' : 'aws_ec2'
}

/**
 * A detector of the instance's attributes. Those of DMI are values. The others are promises that resolve when IMDSv2 answers, or to undefined
 * after `waitMs`, so that a PeriodicExportingMetricReader is never held up longer. On a machine that is not EC2 there are none.
 * An attribute that resolves to undefined still hides the same attribute of an earlier detector: put `envDetector` after this one.
 */
export function createEc2Detector(options: Ec2DetectorOptions = {}): ResourceDetector {
  const { env = process.env, sysfs = '/sys', waitMs = 3_000, log = diagLog() } = options
  return {
    detect() {
      const dmi = readDmi({ sysfs }, log)
      const amazonEc2 = isAmazonEc2(dmi)
      const atOnce = ec2Attributes(env, dmi, undefined)
      const endpoint = options.imds === undefined ? imdsEndpoint({ env, amazonEc2 }, log) : undefined
      const own = endpoint && createImds({ endpoint, expected: amazonEc2 === true, log })
      const imds = options.imds ?? own
      if (imds === undefined) return { attributes: atOnce }

      const completed = identityWithin(imds, waitMs)
        .then((identity) => ec2Attributes(env, dmi, identity))
        .finally(() => own?.close())
      const later = EC2_ATTRIBUTES.map((name) => [name, completed.then((attributes) => attributes[name])] as const)
      return { attributes: { ...Object.fromEntries(later), ...atOnce } }
    },
  }
}

/** The detector for this machine. */
export const ec2Detector: ResourceDetector = createEc2Detector()

/** The identity; `undefined` when it is not known in time, or not offered. Never rejects. */
export async function identityWithin(imds: Imds, waitMs: number): Promise<ResourceAttributes | undefined> {
  const ended = new AbortController()
  const { signal } = ended
  const poll = async (): Promise<ResourceAttributes> => {
    for (;;) {
      const identity = await imds.identity()
      if (identity !== undefined) return identity
      await setTimeout(POLL_MS, undefined, { signal })
    }
  }
  try {
    return await Promise.race([poll(), setTimeout(waitMs, undefined, { signal })])
  } finally {
    ended.abort()
  }
}
