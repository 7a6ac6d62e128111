// Pushing to a real registry: with a token, with a wrong password, and again.
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'

import { digest } from '../../image/layer.ts'
import type { Blob, OciImages } from '../../image/oci-layout.ts'
import { registryCredentials } from '../../image/registry-credentials.ts'
import { parseTarget, push } from '../../image/registry.ts'
import { registry } from '../tools/registry.ts'
import { imageRegistry, USER } from './image-registry.ts'

beforeAll(registry)

/** An index without images, and a blob beside it. */
function small(): OciImages {
  const blob = (mediaType: string, text: string): Blob => {
    const data = Buffer.from(text)
    return { mediaType, data, digest: digest(data) }
  }
  const type = 'application/vnd.oci.image.index.v1+json'
  const index = blob(type, JSON.stringify({ schemaVersion: 2, mediaType: type, manifests: [] }))
  return { index, manifests: [], blobs: [blob('application/octet-stream', randomUUID())] }
}

const basic = { authorization: `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}` }

test('the index is there by its tag and by its digest, and a second push sends no blob', async () => {
  await using server = await imageRegistry()
  const target = parseTarget(`${server.ready}/team/ena-otel:1.0`)
  const images = small()
  await push(images, target, USER)
  for (const reference of ['1.0', images.index.digest]) {
    const url = `http://${server.ready}/v2/team/ena-otel/manifests/${reference}`
    const response = await fetch(url, { headers: { ...basic, accept: images.index.mediaType } })
    expect([response.status, response.headers.get('docker-content-digest')]).toEqual([200, images.index.digest])
  }
  const sent = vi.spyOn(globalThis, 'fetch')
  await push(images, target, USER)
  expect(sent.mock.calls.map(([, init]) => init?.method)).not.toContain('POST')
})

test('a wrong password, and none, end with a sentence', async () => {
  await using server = await imageRegistry()
  const target = parseTarget(`${server.ready}/team/ena-otel:1.0`)
  await expect(push(small(), target, { ...USER, password: 'wrong' })).rejects.toThrow('answered 401')
  await expect(push(small(), target, undefined)).rejects.toThrow(
    `${server.ready} asks for credentials: set REGISTRY_USERNAME and REGISTRY_PASSWORD`,
  )
})

test('a registry that wants a token gets one from the server that it names', async () => {
  await using tokens = await tokenServer()
  await using server = await imageRegistry({ token: tokens.configuration })
  const images = small()
  await push(images, parseTarget(`${server.ready}/team/ena-otel:1.0`), USER)
  expect(tokens.asked).toEqual([
    { scope: 'repository:team/ena-otel:pull,push', service: 'test', authorization: basic.authorization },
  ])
})

/** Gives everybody a token for what they ask. Source: distribution, docs/spec/auth/jwt.md. */
async function tokenServer(): Promise<TokenServer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const folder = await mkdtemp(join(tmpdir(), 'ena-otel-tokens-'))
  const jwks = join(folder, 'keys.json')
  await writeFile(
    jwks,
    JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'ES256' }] }),
  )
  const asked: TokenRequest[] = []
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://tokens').searchParams
    const scope = query.get('scope') ?? ''
    asked.push({ scope, service: query.get('service'), authorization: request.headers.authorization })
    const [type, name, actions = ''] = scope.split(':')
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: 'tokens', aud: 'test', sub: USER.username, iat: now, nbf: now - 10, exp: now + 300 }
    const access = [{ type, name, actions: actions.split(',') }]
    const text = `${encode({ typ: 'JWT', alg: 'ES256', kid: 'test' })}.${encode({ ...claims, jti: randomUUID(), access })}`
    const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    response.end(JSON.stringify({ token: `${text}.${signature.toString('base64url')}` }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  return {
    asked,
    configuration: { realm, service: 'test', issuer: 'tokens', jwks, signingalgorithms: ['ES256'] },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
      await rm(folder, { recursive: true })
    },
  }
}

interface TokenServer extends AsyncDisposable {
  /** How distribution is told to use it. */
  readonly configuration: object
  readonly asked: readonly TokenRequest[]
}

interface TokenRequest {
  readonly scope: string
  readonly service: string | null
  readonly authorization: string | undefined
}

let docker: string
beforeEach(async () => {
  docker = await mkdtemp(join(tmpdir(), 'ena-otel-docker-'))
  vi.stubEnv('DOCKER_CONFIG', docker)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await rm(docker, { recursive: true })
})

test('credentials come from the environment, else from the file of Docker, else from its helper', async () => {
  expect(await registryCredentials('one.example')).toBeUndefined()
  const helper = join(docker, 'docker-credential-test')
  await writeFile(
    helper,
    `#!/bin/sh\nread -r host; echo "{\\"Username\\": \\"AWS\\", \\"Secret\\": \\"for $host\\"}"\n`,
  )
  await chmod(helper, 0o755)
  vi.stubEnv('PATH', `${docker}:${process.env['PATH']}`)
  const auths = { 'one.example': { auth: Buffer.from('me:a:secret').toString('base64') } }
  await writeFile(join(docker, 'config.json'), JSON.stringify({ auths, credHelpers: { 'two.example': 'test' } }))
  expect(await registryCredentials('one.example')).toEqual({ username: 'me', password: 'a:secret' })
  expect(await registryCredentials('two.example')).toEqual({ username: 'AWS', password: 'for two.example' })
  expect(await registryCredentials('three.example')).toBeUndefined()
  vi.stubEnv('REGISTRY_USERNAME', 'from')
  vi.stubEnv('REGISTRY_PASSWORD', 'environment')
  expect(await registryCredentials('one.example')).toEqual({ username: 'from', password: 'environment' })
})

test.each([
  ['registry.example/ena-otel:1', { registry: 'registry.example', name: 'ena-otel', tag: '1' }],
  ['localhost:5000/team/ena-otel:v1.0_b', { registry: 'localhost:5000', name: 'team/ena-otel', tag: 'v1.0_b' }],
])('%s is a target', (text, target) => {
  expect(parseTarget(text)).toEqual(target)
})

test.each(['ena-otel:1', 'team/ena-otel:1', 'registry.example/ena-otel', 'registry.example/Ena:1'])(
  '%s is refused, with an example of what is wanted',
  (text) => {
    expect(() => parseTarget(text)).toThrow(
      `--push takes REGISTRY/NAME:TAG, as registry.example.com/team/ena-otel:1.0.0, and not ${text}`,
    )
  },
)
