// The signatures of a release, with a key instead of the workflow's identity: made and verified by the real cosign, in a real registry.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { digest } from '../../image/layer.ts'
import { type Blob, type ImageManifest, type OciImages, writeOciLayout } from '../../image/oci-layout.ts'
import { parseTarget, push } from '../../image/registry.ts'
import { packageChart } from '../../release/chart.ts'
import { pushChart } from '../../release/push-chart.ts'
import { pushedIndex, signImage } from '../../release/sign-image.ts'
import type { ServerProcess } from '../amp/server-process.ts'
import { output, run } from '../harness/command.ts'
import { imageRegistry, USER } from '../image/image-registry.ts'
import { cosign } from '../tools/cosign.ts'
import { helm } from '../tools/helm.ts'
import { registry } from '../tools/registry.ts'

const OCI = 'application/vnd.oci.image'
const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1'
const SLSA = 'https://slsa.dev/provenance/v1'
const CYCLONEDX = 'https://cyclonedx.org/bom'
const PROVENANCE = { buildDefinition: { buildType: 'test' }, runDetails: { builder: { id: 'test' } } }

const work = mkdtempSync(join(tmpdir(), 'ena-otel-sign-test-'))
/** No log of signatures, no TLS and our key: what the workflow has instead needs an account. */
const offline = [
  '--key',
  join(work, 'cosign.key'),
  '--tlog-upload=false',
  '--use-signing-config=false',
  '--allow-http-registry',
]
let server: ServerProcess<string>

beforeAll(async () => {
  const program = await cosign()
  await Promise.all([helm(), registry()])
  vars({ COSIGN_PASSWORD: '', DOCKER_CONFIG: work, HELM_REGISTRY_CONFIG: join(work, 'helm.json') })
  await output([program, 'generate-key-pair'], { cwd: work })
  server = await imageRegistry()
  const login = ['--username', USER.username, '--password-stdin']
  const host = `http://${server.ready}`
  await output([program, 'login', host.replace('http://', ''), ...login], { input: USER.password })
  await output([(await helm()).helm, 'registry', 'login', server.ready, '--plain-http', ...login], {
    input: USER.password,
  })
})
afterAll(async () => {
  await server.stop()
  rmSync(work, { recursive: true })
})

function vars(variables: Readonly<Record<string, string>>): void {
  Object.assign(process.env, variables)
}

const verify = async (command: string, of: string, ...more: readonly string[]): ReturnType<typeof run> => {
  const args = ['--key', join(work, 'cosign.pub'), '--insecure-ignore-tlog', '--allow-http-registry', ...more, of]
  return run([await cosign(), command, ...args])
}

describe('the image', () => {
  const dist = join(work, 'dist')
  let name = ''

  beforeAll(async () => {
    name = `${server.ready}/ena-otel/ena-otel`
    const images = twoArchitectures()
    await writeOciLayout(images, '1.0.0', join(dist, 'oci'))
    writeFileSync(join(dist, 'provenance.json'), JSON.stringify({ predicate: PROVENANCE }))
    for (const architecture of ['amd64', 'arm64'])
      writeFileSync(
        join(dist, `sbom-${architecture}.cdx.json`),
        JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: architecture }),
      )
    await push(images, parseTarget(`${name}:1.0.0`), USER)
    expect((await verify('verify', `${name}:1.0.0`)).status).not.toBe(0)
    await signImage(await cosign(), name, dist, offline)
  })

  it('has a signature and its provenance at the index and at each image, and a bill of materials at each image', async () => {
    const { digest, index } = pushedIndex(dist)
    expect(await attached(digest)).toEqual([SIGNATURE, SLSA])
    for (const { digest } of index.manifests) expect(await attached(digest)).toEqual([CYCLONEDX, SIGNATURE, SLSA])
  })

  /** The types of what is signed about a digest: cosign verifies attestations too, so a success alone would not be a signature. */
  async function attached(digest: string): Promise<readonly string[]> {
    const { status, stdout, stderr } = await verify('verify', `${name}@${digest}`)
    expect(status, stderr).toBe(0)
    const found = JSON.parse(stdout) as readonly { readonly critical: { readonly type: string } }[]
    return found.map(({ critical }) => critical.type).toSorted()
  }

  it('attaches the provenance that it was given, and to each image its own bill of materials', async () => {
    const { digest, index } = pushedIndex(dist)
    expect(await predicate('slsaprovenance1', digest)).toMatchObject(PROVENANCE)
    for (const { digest, platform } of index.manifests)
      expect(await predicate('cyclonedx', digest)).toMatchObject({ serialNumber: platform?.architecture })
  })

  async function predicate(type: string, digest: string): Promise<object> {
    const { status, stdout, stderr } = await verify('verify-attestation', `${name}@${digest}`, '--type', type)
    expect(status, stderr).toBe(0)
    const { payload } = JSON.parse(stdout.split('\n')[0] ?? '') as { readonly payload: string }
    return (JSON.parse(Buffer.from(payload, 'base64').toString()) as { readonly predicate: object }).predicate
  }
})

describe('the chart', () => {
  it('is pushed, signed by its digest, and can be shown from the registry', async () => {
    const programs = { helm: (await helm()).helm, cosign: await cosign() }
    const archive = await packageChart(programs.helm, `sha256:${'a'.repeat(64)}`, work)
    const charts = `${server.ready}/ena-otel/charts`
    const pushed = await pushChart(programs, archive, charts, { helm: ['--plain-http'], cosign: offline })
    expect(pushed).toMatch(/\/ena-otel\/charts\/ena-otel@sha256:[0-9a-f]{64}$/)
    const { status, stderr } = await verify('verify', pushed)
    expect(status, stderr).toBe(0)
    const text = await output([programs.helm, 'show', 'chart', `oci://${charts}/ena-otel`, '--plain-http'])
    expect(text).toMatch(/^name: ena-otel$/m)
  })

  it('is not verified once it has changed', async () => {
    const programs = { helm: (await helm()).helm, cosign: await cosign() }
    const folder = join(work, 'changed')
    cpSync(await packageChart(programs.helm, `sha256:${'b'.repeat(64)}`, folder), join(folder, 'copy.tgz'))
    const charts = `oci://${server.ready}/changed`
    const { stdout, stderr } = await run([programs.helm, 'push', join(folder, 'copy.tgz'), charts, '--plain-http'])
    const digest = /sha256:[0-9a-f]{64}/.exec(`${stdout}${stderr}`)?.[0]
    expect((await verify('verify', `${server.ready}/changed/ena-otel@${digest}`)).stderr).toMatch(
      /no (matching )?signatures/,
    )
  })
})

/** An index of two small images. */
function twoArchitectures(): OciImages {
  const config = blob(`${OCI}.config.v1+json`, '{}')
  const manifests = ['amd64', 'arm64'].map((architecture) =>
    blob(
      `${OCI}.manifest.v1+json`,
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${OCI}.manifest.v1+json`,
        config: descriptor(config),
        layers: [],
        annotations: { architecture },
      }),
    ),
  )
  const listed = ['amd64', 'arm64'].map((architecture, index) => ({
    ...descriptor(manifests[index]!),
    platform: { architecture, os: 'linux' },
  }))
  const index = blob(
    `${OCI}.index.v1+json`,
    JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests: listed }),
  )
  return { index, manifests: manifests as readonly Blob[] as readonly ImageManifest[], blobs: [config] }
}

function blob(mediaType: string, text: string): Blob {
  const data = Buffer.from(text)
  return { mediaType, data, digest: digest(data) }
}

function descriptor({ mediaType, digest, data }: Blob): object {
  return { mediaType, digest, size: data.length }
}
