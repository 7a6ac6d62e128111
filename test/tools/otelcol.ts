// The OpenTelemetry Collector of the tests, built from otelcol/ by the machine's Go through the Go module proxy.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { output, run } from '../command.ts'
import { notHere, type NotHere } from '../not-here.ts'
import { cached } from './cache.ts'
import { onPath } from './on-path.ts'

const source = join(import.meta.dirname, 'otelcol')

/** The path of an `otelcol` with an OTLP receiver and a file exporter. Builds it when its source is new here. */
export async function otelcol(): Promise<string | NotHere> {
  const reason = await whyNot()
  if (reason !== undefined) return notHere('otelcol', reason)
  const texts = await Promise.all(['main.go', 'go.mod', 'go.sum'].map((file) => readFile(join(source, file), 'utf8')))
  const version = /collector\/otelcol v([\d.]+)/.exec(texts.join('\n'))?.[1]
  const hash = createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 8)
  const folder = await cached(`otelcol-${version}-${hash}`, async (unfinished) => {
    const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags=-s -w']
    await output(['go', 'build', ...flags, '-o', join(unfinished, 'otelcol'), '.'], {
      cwd: source,
      env: goEnvironment(),
    })
  })
  return join(folder, 'otelcol')
}

async function whyNot(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'the tests run it on Linux only'
  if (onPath('go') === undefined) return 'go is not installed'
  const wanted = /^go ([\d.]+)/m.exec(await readFile(join(source, 'go.mod'), 'utf8'))?.[1] ?? ''
  const { stdout, stderr } = await run(['go', 'env', 'GOVERSION'], { cwd: source, env: goEnvironment() })
  const found = stdout.trim().replace(/^go/, '')
  if (found === '') return stderr.trim() // an older Go that was told not to fetch a newer one
  if (found.localeCompare(wanted, 'en', { numeric: true }) < 0) return `go ${found} is older than ${wanted}`
  return undefined
}

function goEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' }
}
