// Whether and where to ask the instance metadata service, by the AWS SDKs' standard variables:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-client.html

import type { Log } from '../log.ts'
import type { Environment } from './environment.ts'

/** The service's link-local addresses: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html */
const IPV4 = 'http://169.254.169.254'
const IPV6 = 'http://[fd00:ec2::254]'

/**
 * The URL of IMDS: AWS_EC2_METADATA_SERVICE_ENDPOINT, otherwise the address of AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (IPv4, the default, or IPv6).
 * undefined = ask nothing: AWS_EC2_METADATA_DISABLED is true, or the endpoint that is set is not an http URL, or none is set and DMI says that
 * the machine is not an EC2 instance. Wrong values are logged as warnings.
 */
export function imdsEndpoint(
  { env, amazonEc2 }: { readonly env: Environment; readonly amazonEc2: boolean | undefined },
  log: Log,
): URL | undefined {
  const { AWS_EC2_METADATA_SERVICE_ENDPOINT: explicit, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: mode } = env
  if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() === 'true') return undefined
  if (explicit) {
    const url = URL.parse(explicit)
    if (url?.protocol === 'http:') return url
    const problem = `AWS_EC2_METADATA_SERVICE_ENDPOINT: ${JSON.stringify(explicit)} is not an http:// URL`
    log.warn({ value: explicit }, `${problem}; IMDS is not asked, so region and ENI ids are missing`)
    return undefined
  }
  if (amazonEc2 === false) return undefined
  if (mode && !/^ipv[46]$/i.test(mode)) {
    const problem = `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: ${JSON.stringify(mode)} is neither IPv4 nor IPv6`
    log.warn({ value: mode }, `${problem}; IPv4 is used`)
  }
  return new URL(mode?.toLowerCase() === 'ipv6' ? IPV6 : IPV4)
}
