// Whether and where to ask the instance metadata service, by the AWS SDKs' standard variables:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-client.html

import type { Environment } from './environment.ts'
import type { ResourceLog } from './log.ts'

/** The service's link-local addresses: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
const ENDPOINT = { ipv4: 'http://169.254.169.254', ipv6: 'http://[fd00:ec2::254]' } as const

/**
 * The URL of IMDS: AWS_EC2_METADATA_SERVICE_ENDPOINT, else the address of AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (IPv4, the default, or IPv6).
 * undefined = not to be asked: AWS_EC2_METADATA_DISABLED is true, or the machine is known not to be an EC2 instance and no endpoint is set
 * explicitly, or the one that is set is no http URL (reported as a warning; the real service isn't asked in its place).
 */
export function imdsEndpoint(
  { env, amazonEc2 }: { readonly env: Environment; readonly amazonEc2: boolean | undefined },
  log: ResourceLog,
): URL | undefined {
  if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() === 'true') return undefined
  const explicit = env.AWS_EC2_METADATA_SERVICE_ENDPOINT
  if (explicit) return explicitEndpoint(explicit, log)
  if (amazonEc2 === false) return undefined
  return new URL(ENDPOINT[endpointMode(env.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE || 'ipv4', log)])
}

function explicitEndpoint(text: string, log: ResourceLog): URL | undefined {
  const url = URL.parse(text)
  if (url?.protocol === 'http:') return url
  log.warn(
    { variable: 'AWS_EC2_METADATA_SERVICE_ENDPOINT' },
    `AWS_EC2_METADATA_SERVICE_ENDPOINT: ${JSON.stringify(text)} is no http:// URL; IMDS isn't asked, so region and ENI ids are missing`,
  )
  return undefined
}

function endpointMode(text: string, log: ResourceLog): keyof typeof ENDPOINT {
  const mode = text.toLowerCase()
  if (mode === 'ipv4' || mode === 'ipv6') return mode
  log.warn(
    { variable: 'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE' },
    `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: ${JSON.stringify(text)} is neither IPv4 nor IPv6; IPv4 is used`,
  )
  return 'ipv4'
}
