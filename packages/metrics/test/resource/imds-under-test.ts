// An IMDS client with a clock of the test's, against the stand-in or any other endpoint.

import { createImds, type Imds, type ImdsOptions } from '../../src/resource/imds.ts'
import { manualClock, type ManualClock } from './manual-clock.ts'
import { recordLog } from './recorded-log.ts'

export const TOKEN = 'PUT /latest/api/token'
export const IDENTITY = 'GET /latest/dynamic/instance-identity/document'
export const interfaceId = (mac: string): string => `GET /latest/meta-data/network/interfaces/macs/${mac}/interface-id`

export function imdsUnderTest(
  endpoint: URL,
  options: Partial<ImdsOptions> = {},
): { readonly imds: Imds; readonly clock: ManualClock; readonly lines: string[] } {
  const clock = manualClock()
  const log = recordLog()
  const { now, deadline } = clock
  return { imds: createImds({ endpoint, expected: true, now, deadline, log, ...options }), clock, lines: log.lines }
}
