// The EC2 instance identity document: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html

import { ATTRIBUTE, type OfferedAttributes } from './attributes.ts'

/** Fields of the document that the resource uses; each but instanceId is undefined where the document lacks it. */
export interface InstanceIdentity {
  readonly instanceId: string
  readonly instanceType: string | undefined
  readonly imageId: string | undefined
  readonly accountId: string | undefined
  readonly region: string | undefined
  readonly availabilityZone: string | undefined
}

/**
 * The identity in the text of a document. Source: IMDS `/latest/dynamic/instance-identity/document`.
 * @throws SyntaxError when it isn't JSON, or is an object without an instanceId.
 */
export function parseInstanceIdentity(text: string): InstanceIdentity {
  const document: unknown = JSON.parse(text)
  const field = (name: string): string | undefined => {
    const value: unknown = Object(document)[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const instanceId = field('instanceId')
  if (instanceId === undefined) throw new SyntaxError('instance identity document without an instanceId')
  return {
    instanceId,
    instanceType: field('instanceType'),
    imageId: field('imageId'),
    accountId: field('accountId'),
    region: field('region'),
    availabilityZone: field('availabilityZone'),
  }
}

/** The resource attributes that a document gives. That there is one makes the provider `aws`. */
export function identityAttributes(identity: InstanceIdentity): OfferedAttributes {
  return {
    [ATTRIBUTE.cloudProvider]: 'aws',
    [ATTRIBUTE.hostId]: identity.instanceId,
    [ATTRIBUTE.hostType]: identity.instanceType,
    [ATTRIBUTE.hostImageId]: identity.imageId,
    [ATTRIBUTE.cloudAccountId]: identity.accountId,
    [ATTRIBUTE.cloudRegion]: identity.region,
    [ATTRIBUTE.cloudAvailabilityZone]: identity.availabilityZone,
  }
}
