// Prints each endpoint of the table everywhere an endpoint is printed, with the program's own entry point.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { DEFAULTS } from '../../packages/agent/src/config/options.ts'
import { loadConfig } from '../../packages/agent/src/config/load.ts'
import { main } from '../../packages/agent/src/main.ts'
import { openTransport } from '../../packages/agent/src/otlp/transport.ts'
import { problemsOf } from '../../packages/agent/test/config/load-with-file.ts'
import { type Endpoint, PARTLY_SENT_ENDPOINTS, REFUSED_ENDPOINTS, SECRET, SECRET_ENDPOINTS } from './endpoints.ts'

let printed = ''
beforeEach(() => {
  printed = ''
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text: unknown, ...more: readonly unknown[]) => {
      printed += String(text)
      const [done] = more
      if (typeof done === 'function') done()
      return true
    })
  }
})
afterEach(() => void vi.restoreAllMocks())

interface Place {
  readonly place: string
  readonly args: (endpoint: string) => readonly string[]
  readonly env?: (endpoint: string) => Readonly<Record<string, string>>
}

/** Where a user may type an endpoint. The program prints it again: in a table if it is accepted, in an error if it is not. */
const PLACES: readonly Place[] = [
  { place: '--endpoint', args: (endpoint) => ['validate', '--endpoint', endpoint] },
  {
    place: '--endpoint for HTTP',
    args: (endpoint) => ['validate', '--protocol', 'http/protobuf', '--endpoint', endpoint],
  },
  { place: 'a variable', args: () => ['validate'], env: (endpoint) => ({ ENA_OTEL_ENDPOINT: endpoint }) },
  {
    place: 'a variable of OpenTelemetry, which only warns',
    args: () => ['validate'],
    env: (endpoint) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
  },
  { place: 'a mistyped flag', args: (endpoint) => ['validate', `--endpont=${endpoint}`] },
  { place: 'no flag', args: (endpoint) => [endpoint] },
  { place: 'another flag', args: (endpoint) => ['validate', '--collector-address', endpoint] },
]

describe.each(PLACES)('in $place', ({ args, env }) => {
  test.each(SECRET_ENDPOINTS)('$endpoint is printed as $printed', async (row) => {
    await main(args(row.endpoint), env?.(row.endpoint) ?? {})
    expect(printed).not.toContain(SECRET)
    expect(printed).toContain(row.printed)
  })
})

test.each(['health-port', 'protocol', 'timeout', 'certificate', 'header-file'])(
  'a URL given to --%s is redacted',
  async (option) => {
    await main(['validate', `--${option}`, `http://me:${SECRET}@collector?token=${SECRET}`], {})
    expect(printed).not.toContain(SECRET)
  },
)

describe.each(['grpc', 'http/protobuf'] as const)('over %s', (protocol) => {
  const isAccepted = ({ endpoint }: Endpoint): boolean => problemsOf({ endpoint })[0]!.startsWith('accepted')

  test.each(SECRET_ENDPOINTS.filter(isAccepted))('the target of $endpoint has no secret', async ({ endpoint }) => {
    const { target } = await openTransport({ ...DEFAULTS, protocol, endpoint })
    expect(target).not.toContain(SECRET)
  })
})

test.each(REFUSED_ENDPOINTS)('$endpoint is refused: $says', ({ endpoint, says }) => {
  const line = `--endpoint: ${JSON.stringify(endpoint)} ${says}: write it as http://host:4317 or https://host:4317`
  expect(problemsOf({ endpoint })).toEqual([line.replace(/"http:.*@/, '"http://…@')])
})

test.each(PARTLY_SENT_ENDPOINTS)('over $protocol $endpoint has the warnings $warnings', (row) => {
  expect(loadConfig({ endpoint: row.endpoint, protocol: row.protocol }, {}).warnings).toEqual(row.warnings)
})
