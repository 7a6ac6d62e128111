// Pushes images to a registry. Source: OCI distribution-spec, "Push", and its token authentication (distribution/docs/spec/auth/token.md).
import type { Credentials } from './registry-credentials.ts'
import type { Blob, OciImages } from './oci-layout.ts'

/** Where images are pushed to: `registry/name:tag`. */
export interface Target {
  /** Host, and port if there is one. */
  readonly registry: string
  readonly name: string
  readonly tag: string
}

/** @throws TypeError when `text` is not REGISTRY/NAME:TAG */
export function parseTarget(text: string): Target {
  const [, registry, name, tag] = /^([^/]+)\/([a-z\d._/-]+):([\w][\w.-]{0,127})$/.exec(text) ?? []
  const isHost = registry !== undefined && (/[.:]/.test(registry) || registry === 'localhost')
  if (isHost && name !== undefined && tag !== undefined) return { registry, name, tag }
  throw new TypeError(`--push takes REGISTRY/NAME:TAG, as registry.example.com/team/ena-otel:1.0.0, and not ${text}`)
}

/** Pushes what the registry does not have yet: blobs, manifests, and the index under the tag. @throws Error with the registry's answer */
export async function push(images: OciImages, target: Target, credentials: Credentials | undefined): Promise<void> {
  const send = client(target, credentials)
  const isThere = async (path: string): Promise<boolean> => {
    const response = await send(path, { method: 'HEAD' })
    if (response.status === 404) return false
    await check(response, 200)
    return true
  }
  for (const { digest, data } of images.blobs) {
    if (await isThere(`blobs/${digest}`)) continue
    const started = await check(await send('blobs/uploads/', { method: 'POST' }), 202)
    const location = new URL(started.headers.get('location') ?? '', started.url)
    location.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream' }
    await check(await send(location.href, { method: 'PUT', headers, body: data }), 201)
  }
  const putManifest = async ({ mediaType, data }: Blob, reference: string): Promise<void> => {
    const put = { method: 'PUT', headers: { 'content-type': mediaType }, body: data }
    await check(await send(`manifests/${reference}`, put), 201)
  }
  for (const manifest of images.manifests) await putManifest(manifest, manifest.digest)
  await putManifest(images.index, target.tag)
}

interface Message {
  readonly method: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}
type Send = (path: string, message: Message) => Promise<Response>

/** Sends to the repository, or to a whole URL. Without TLS only to this machine, as container engines do. */
function client({ registry, name }: Target, credentials: Credentials | undefined): Send {
  const scheme = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(registry) ? 'http' : 'https'
  const base = `${scheme}://${registry}/v2/${name}/`
  let authorization: string | undefined
  const attempt = (path: string, { headers, ...message }: Message): Promise<Response> => {
    const all = { ...headers, ...(authorization !== undefined && { authorization }) }
    return fetch(new URL(path, base), { ...message, headers: all })
  }
  return async (path, message) => {
    const response = await attempt(path, message)
    if (response.status !== 401) return response
    const isFirst = authorization === undefined || authorization.startsWith('Bearer ') // a token may have expired
    if (!isFirst) return response
    authorization = await authorize(response, `repository:${name}:pull,push`, credentials)
    return attempt(path, message)
  }
}

/** The header that the challenge in a 401 asks for. */
async function authorize(response: Response, scope: string, credentials: Credentials | undefined): Promise<string> {
  const challenge = response.headers.get('www-authenticate') ?? ''
  const basic =
    credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
  if (/^basic /i.test(challenge)) {
    if (basic !== undefined) return basic
    throw new Error(`${new URL(response.url).host} asks for credentials: set REGISTRY_USERNAME and REGISTRY_PASSWORD`)
  }
  const field = (key: string): string | undefined => new RegExp(`${key}="([^"]*)"`).exec(challenge)?.[1]
  const realm = field('realm')
  if (realm === undefined)
    throw new Error(`${response.url} answers 401 without a challenge that is known: ${challenge}`)
  const url = new URL(realm)
  url.searchParams.set('service', field('service') ?? '')
  url.searchParams.set('scope', scope)
  const answer = await check(await fetch(url, basic === undefined ? {} : { headers: { authorization: basic } }), 200)
  const { token, access_token: accessToken } = (await answer.json()) as TokenAnswer
  return `Bearer ${token ?? accessToken}`
}

interface TokenAnswer {
  readonly token?: string
  readonly access_token?: string
}

async function check(response: Response, status: number): Promise<Response> {
  if (response.status === status) return response
  throw new Error(`${response.url} answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
}
