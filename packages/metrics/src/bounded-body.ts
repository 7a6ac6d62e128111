// The body of an HTTP response, with a limit: a server must not be able to fill our memory.

/**
 * All bytes of the stream.
 * @throws RangeError (rejects) when there are more than `maxBytes`: reading stops and the stream is destroyed.
 */
export async function readBody(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > maxBytes) throw new RangeError(`body of more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}
