// The EC2 instance identity document: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-identity-documents.html

import { ATTRIBUTE, mergeAttributes, type ResourceAttributes } from './attributes.ts'

/** The fields of the document that the resource uses. */
const FIELDS: Readonly<Record<string, string>> = {
  instanceId: ATTRIBUTE.hostId,
  instanceType: ATTRIBUTE.hostType,
  imageId: ATTRIBUTE.hostImageId,
  accountId: ATTRIBUTE.cloudAccountId,
  region: ATTRIBUTE.cloudRegion,
  availabilityZone: ATTRIBUTE.cloudAvailabilityZone,
}

/**
 * The resource attributes in the text of a document, without those that the document lacks. The provider is `aws` because only AWS has such
 * a document. Source: IMDS `/latest/dynamic/instance-identity/document`.
 * @throws SyntaxError when it is not JSON, or has no instanceId.
 */
export function identityAttributes(text: string): ResourceAttributes {
  const document: unknown = JSON.parse(text)
  const fields = Object.entries(FIELDS).map(([field, attribute]) => {
    const value: unknown = Object(document)[field]
    return [attribute, typeof value === 'string' ? value : undefined] as const
  })
  const attributes = mergeAttributes([{ [ATTRIBUTE.cloudProvider]: 'aws' }, Object.fromEntries(fields)])
  if (attributes[ATTRIBUTE.hostId] === undefined)
    throw new SyntaxError('instance identity document without an instanceId')
  return attributes
}
