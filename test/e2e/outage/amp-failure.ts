// Scenario 7, a row a failure. The exporter's `timeout` is for a request with all that it tries again (its `max_elapsed_time` of
// 5 min never comes to bear): what fails for longer is given up. Its default is 5 s. Here it is far from how long the failure lasts,
// so that a slow machine changes nothing.
import type { Amp } from '../../amp/amp.ts'
import type { GatewayOptions } from '../../amp/gateway.ts'

export interface AmpFailure {
  readonly title: string
  readonly begin: (workspace: Amp) => void | Promise<void>
  readonly lastsMs: number
  /** Whether exports that fall in this time are lost. */
  readonly isLossy: boolean
  readonly collector: GatewayOptions
}

const SHORT = { lastsMs: 3000, isLossy: false, collector: { exporter: { timeout: '30s' } } } as const
const LONG = { lastsMs: 6000, isLossy: true, collector: { exporter: { timeout: '1s' } } } as const

/** 429 is given up at once, unless ADOT is started with this gate. Alpha, in all versions up to 0.156. */
const RETRY_429 = { flags: ['--feature-gates=exporter.prometheusremotewritexporter.RetryOn429'] }

export const AMP_FAILURES: readonly AmpFailure[] = [
  { ...SHORT, title: "answers 500 for less than the exporter's timeout loses nothing", begin: (amp) => amp.fail(500) },
  {
    ...SHORT,
    title: "hangs for less than the exporter's timeout, and then closes, loses nothing",
    begin: (amp) => amp.fail('hang'),
  },
  {
    ...SHORT,
    title: "refuses connections for less than the exporter's timeout loses nothing",
    begin: (amp) => amp.refuseConnections(),
  },
  {
    ...SHORT,
    title: 'answers 429 loses the exports of that time',
    begin: (amp) => amp.fail(429),
    isLossy: true,
  },
  {
    ...SHORT,
    title: 'answers 429 loses nothing with the gate RetryOn429',
    begin: (amp) => amp.fail(429),
    collector: { ...SHORT.collector, ...RETRY_429 },
  },
  { ...LONG, title: "answers 500 for longer than the exporter's timeout loses exports", begin: (amp) => amp.fail(500) },
  { ...LONG, title: "hangs for longer than the exporter's timeout loses exports", begin: (amp) => amp.fail('hang') },
  {
    ...LONG,
    title: "refuses connections for longer than the exporter's timeout loses exports",
    begin: (amp) => amp.refuseConnections(),
  },
]
