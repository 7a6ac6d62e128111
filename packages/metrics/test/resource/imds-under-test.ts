// An IMDS client on a clock that the test moves.

import { createImds, type Imds, type ImdsOptions } from '../../src/resource/imds.ts'
import { recordLog } from './recorded-log.ts'

export const TOKEN = 'PUT /latest/api/token'
export const IDENTITY = 'GET /latest/dynamic/instance-identity/document'
export const interfaceId = (mac: string): string => `GET /latest/meta-data/network/interfaces/macs/${mac}/interface-id`

export interface ImdsUnderTest {
  readonly imds: Imds
  readonly advance: (ms: number) => void
  readonly lines: readonly string[]
}

export function imdsUnderTest(endpoint: URL, options: Partial<ImdsOptions> = {}): ImdsUnderTest {
  let nowMs = 0
  const log = recordLog()
  const advance = (ms: number): void => void (nowMs += ms)
  return {
    imds: createImds({ endpoint, expected: true, now: () => nowMs, log, ...options }),
    advance,
    lines: log.lines,
  }
}
