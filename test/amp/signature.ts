// AWS Signature Version 4, as a service checks it: the request is signed once more with the key that it names, by the
// AWS SDK's own signer, and the two signatures must be equal.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash } from 'node:crypto'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Reply, WholeRequest } from './loopback-server.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The example key of AWS's documentation. */
export const EXAMPLE_CREDENTIALS: Credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

export interface SigningScope {
  readonly region: string
  /** As it is signed: `aps`, `monitoring`, `sns`. */
  readonly service: string
  readonly credentials: Credentials
}

/** A request before it is signed. */
export interface UnsignedRequest {
  readonly method: string
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Now by default. */
  readonly date?: Date
}

/** Why a signature is refused: AWS's name of the error, and the sentence that comes with it. */
export interface SignatureFault {
  readonly code: string
  readonly message: string
}

/** "…within five minutes of the timestamp": IAM User Guide, "Elements of an AWS API request signature". */
const skewMs = 5 * 60_000

/** The headers of the request, with those of its signature. */
export async function signed(request: UnsignedRequest, scope: SigningScope): Promise<Record<string, string>> {
  const { method, url, headers = {}, body = '', date = new Date() } = request
  return sign({ method, target: url.pathname + url.search, headers: { ...headers, host: url.host }, body }, scope, date)
}

/** Why AWS would refuse the request with 403 at the time `now`; undefined when it would not. */
export async function signatureFault(
  request: WholeRequest,
  scope: SigningScope,
  now: number,
): Promise<SignatureFault | undefined> {
  const { authorization } = request.headers
  if (authorization === undefined) return fault('MissingAuthenticationTokenException', 'Missing Authentication Token')
  const claim = readClaim(authorization)
  const time = dateOf(request.headers['x-amz-date'])
  if (claim === undefined || time === undefined) {
    return fault('IncompleteSignatureException', `Credential, SignedHeaders, Signature and X-Amz-Date are needed`)
  }
  const day = request.headers['x-amz-date']?.slice(0, 8)
  const wanted = `${scope.credentials.accessKeyId}/${day}/${scope.region}/${scope.service}/aws4_request`
  if (!claim.credential.startsWith(`${scope.credentials.accessKeyId}/`)) {
    return fault('UnrecognizedClientException', 'The security token included in the request is invalid.')
  }
  if (claim.credential !== wanted) return wrong(`Credential should be scoped to ${wanted}, not ${claim.credential}`)
  if (Math.abs(now - time) > skewMs) return wrong(`Signature expired or not yet current: more than 5 min off`)
  return contentFault(request, claim) ?? (await mismatch(request, claim, scope, time))
}

/** AMP answers a fault as AWS's JSON protocols do. */
export function forbidden({ code, message }: SignatureFault): Reply {
  return {
    status: 403,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ message }),
  }
}

interface Claim {
  readonly credential: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

function readClaim(authorization: string): Claim | undefined {
  const found = /^AWS4-HMAC-SHA256 Credential=([^, ]+), ?SignedHeaders=([^, ]+), ?Signature=([0-9a-f]{64})$/.exec(
    authorization,
  )
  const [, credential, signedHeaders, signature] = found ?? []
  if (credential === undefined || signedHeaders === undefined || signature === undefined) return undefined
  return { credential, signedHeaders: signedHeaders.split(';'), signature }
}

/** Of `20261121T130905Z`, in ms. */
function dateOf(text: string | undefined): number | undefined {
  const iso = text?.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z') ?? ''
  const time = Date.parse(iso)
  return Number.isNaN(time) ? undefined : time
}

/** The host and every x-amz-* header must be signed, and a hash of the content that is declared must be the content's. */
function contentFault({ headers, body }: WholeRequest, { signedHeaders }: Claim): SignatureFault | undefined {
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))]
  const unsigned = needed.find((name) => !signedHeaders.includes(name))
  if (unsigned !== undefined) return wrong(`'${unsigned}' must be a signed header`)
  const declared = headers['x-amz-content-sha256']
  if (declared !== undefined && declared !== createHash('sha256').update(body).digest('hex')) {
    return wrong('X-Amz-Content-SHA256 is not the hash of the content')
  }
  return undefined
}

async function mismatch(
  request: WholeRequest,
  claim: Claim,
  scope: SigningScope,
  time: number,
): Promise<SignatureFault | undefined> {
  const kept = Object.entries(request.headers).filter(([name]) => claim.signedHeaders.includes(name))
  const again = await sign({ ...request, headers: Object.fromEntries(kept) }, scope, new Date(time))
  if (readClaim(again['authorization'] ?? '')?.signature === claim.signature) return undefined
  return fault(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided.',
  )
}

async function sign(
  request: Omit<WholeRequest, 'body'> & { readonly body: string | Uint8Array },
  { region, service, credentials }: SigningScope,
  signingDate: Date,
): Promise<Record<string, string>> {
  const { method, target, headers, body } = request
  const { protocol, hostname, pathname, searchParams } = new URL(target, 'http://localhost')
  const query = Object.fromEntries([...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key)]))
  // Without `applyChecksum`, which would sign a header that the request doesn't have.
  const signer = new SignatureV4({ region, service, credentials, sha256: Sha256, applyChecksum: false })
  const { headers: result } = await signer.sign(
    { method, protocol, hostname, path: pathname, query, headers: { ...headers }, body },
    { signingDate, signableHeaders: new Set(Object.keys(headers)) },
  )
  return result
}

function wrong(message: string): SignatureFault {
  return fault('InvalidSignatureException', message)
}

function fault(code: string, message: string): SignatureFault {
  return { code, message }
}
