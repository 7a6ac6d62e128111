// Plays each set-up of the table: files against the configuration, connections against the transport over loopback sockets.
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { loadConfig } from '../../packages/agent/src/config/load.ts'
import { listen } from '../../packages/agent/test/otlp/collector.ts'
import { push } from '../../packages/agent/test/otlp/open-transport.ts'
import { problemsOf } from '../../packages/agent/test/config/load-with-file.ts'
import { newAuthority } from '../harness/certificates.ts'
import { TLS_CONNECTIONS, TLS_FILES, type TlsConnection, type TlsFile, type TlsOptions } from './tls-set-ups.ts'

const folder = mkdtempSync(join(tmpdir(), 'ena-otel-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))

beforeAll(() => {
  const [ours, other] = [newAuthority('ena-otel attack: ours'), newAuthority('ena-otel attack: other')]
  const server = ours.server({ commonName: 'server' }, ['127.0.0.1'])
  const elsewhere = ours.server({ commonName: 'elsewhere' }, ['elsewhere.invalid'])
  const client = ours.client({ commonName: 'client' })
  const otherClient = other.client({ commonName: 'other client' })
  const damaged = ours.certificate.replace(/\n[^\n]{30}/, '\n')
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret' } as const
  mkdirSync(fileAt('folder.pem'))
  const files: Readonly<Record<Exclude<TlsFile, 'absent.pem' | 'folder.pem'>, string | Buffer>> = {
    'empty.pem': '',
    'text.pem': 'see the wiki\n',
    'damaged.pem': damaged,
    'half-damaged.pem': other.certificate + damaged,
    'der.pem': new X509Certificate(ours.certificate).raw,
    'ca.pem': ours.certificate,
    'other-ca.pem': other.certificate,
    'bundle.pem': `# other\n${other.certificate}\n# ours\n${ours.certificate}\n`,
    'server.pem': server.certificate,
    'server.key': server.key,
    'elsewhere.pem': elsewhere.certificate,
    'elsewhere.key': elsewhere.key,
    'client.pem': client.certificate,
    'client.key': client.key,
    'pair.pem': client.key + client.certificate,
    'other-client.pem': otherClient.certificate,
    'other-client.key': otherClient.key,
    'encrypted.key': createPrivateKey(client.key).export({ type: 'pkcs8', format: 'pem', ...cipher }),
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(fileAt(name as TlsFile), content)
})

function fileAt(name: TlsFile): string {
  return join(folder, name)
}

function paths(options: TlsOptions): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([option, name]) => [option, fileAt(name)]))
}

describe('at the start:', () => {
  test.each(TLS_FILES)('$title', ({ options, says }) => {
    const lines = problemsOf({ endpoint: 'https://collector', ...paths(options) })
    const plain = lines.map((line) => line.replaceAll(`${folder}/`, '').replace(`uid ${process.getuid?.()}`, 'uid UID'))
    expect(plain).toEqual([says ?? expect.stringMatching(/^accepted/)])
  })

  test.each(TLS_FILES.filter(({ says }) => says !== undefined))(
    '$title only warns if a variable of OpenTelemetry names it',
    ({ options }) => {
      const variables = {
        OTEL_EXPORTER_OTLP_CERTIFICATE: options.certificate,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: options.clientCertificate,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: options.clientKey,
      }
      const env = Object.fromEntries(Object.entries(variables).map(([name, file]) => [name, file && fileAt(file)]))
      const { config, warnings } = loadConfig({ endpoint: 'https://collector' }, env)
      expect(config).toMatchObject(paths(options))
      expect(warnings).toEqual([expect.stringMatching(/^OTEL_EXPORTER_OTLP_\w+: .*: exports fail until .*$/)])
    },
  )

  test('in plain text no file is read', () => {
    const lines = problemsOf({ endpoint: 'http://collector', ...paths({ certificate: 'absent.pem' }) })
    expect(lines).toEqual([expect.stringMatching(/^accepted/)])
  })
})

/** A server of HTTP/2 and HTTP/1.1 that accepts every export. */
function play({ cert, key, clientCa, maxVersion, isHttp1 }: TlsConnection['server']): Promise<number> {
  const options = {
    cert: readFileSync(fileAt(cert)),
    key: readFileSync(fileAt(key)),
    ...(clientCa && { requestCert: true, rejectUnauthorized: true, ca: readFileSync(fileAt(clientCa)) }),
    ...(maxVersion && { minVersion: 'TLSv1' as const, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }),
  }
  if (isHttp1)
    return listen(createHttpsServer(options, (request, response) => request.resume().on('end', () => response.end())))
  const server = createSecureServer({ ...options, allowHTTP1: true }, (request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, request.httpVersionMajor === 2 ? { 'grpc-status': '0' } : {}).end()
    })
  })
  server.on('sessionError', () => undefined) // the client refuses some servers
  return listen(server)
}

describe.each(['grpc', 'http/protobuf'] as const)('over %s:', (protocol) => {
  test.each(TLS_CONNECTIONS)('$title', async ({ server, options, says }) => {
    const response = await push({ protocol, endpoint: `https://127.0.0.1:${await play(server)}`, ...paths(options) })
    const message = 'error' in response ? response.error?.message : undefined
    const want = typeof says === 'object' ? says[protocol] : says
    expect([response.status, message]).toEqual([want === undefined ? 'success' : 'retryable', want])
  })
})
