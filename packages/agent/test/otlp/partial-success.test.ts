import { diag } from '@opentelemetry/api'
import { expect, test } from 'vitest'

import { type PartialSuccess, watchPartialSuccess } from '../../src/otlp/partial-success.ts'

const PREFIX = 'Received Partial Success response:'

test('of all that is logged there only partial successes are heard, until it is closed', () => {
  const heard: PartialSuccess[] = []
  const watch = watchPartialSuccess((partial) => heard.push(partial))
  diag.warn('URL path should not be set when using grpc')
  diag.error(PREFIX, '{"rejectedDataPoints":1}')
  diag.warn(PREFIX)
  diag.warn(PREFIX, '{"rejectedDataPoints":5,"errorMessage":"bad"}')
  diag.warn(PREFIX, '{"rejectedDataPoints":"6"}')
  watch.close()
  diag.warn(PREFIX, '{"rejectedDataPoints":7}')
  expect(heard).toEqual([
    { rejected: 5, message: 'bad' },
    { rejected: 6, message: '' },
  ])
})
