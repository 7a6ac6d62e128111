// The body of a response, up to a length: a server that never stops must not fill the memory.
import { MAX_RESPONSE_BYTES } from './export-response.ts'

export interface ResponseBody {
  /** @returns whether the body is still short enough to go on reading */
  readonly add: (chunk: Buffer) => boolean
  readonly bytes: () => Buffer
}

export function createResponseBody(): ResponseBody {
  const chunks: Buffer[] = []
  let length = 0
  return {
    add: (chunk) => {
      length += chunk.length
      if (length > MAX_RESPONSE_BYTES) return false
      chunks.push(chunk)
      return true
    },
    bytes: () => Buffer.concat(chunks),
  }
}
