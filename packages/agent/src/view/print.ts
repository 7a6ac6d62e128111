// Text to stdout or stderr, to its last character: into a pipe Node writes 64 KB at once, the rest when somebody has read them.

/**
 * Fulfilled when the text, and all that was written before it, is out; or when nobody reads any more (`ena-otel once | head`): whoever
 * stops reading has had enough.
 *
 * @throws Error with `code`: ENOSPC, EIO, …
 */
export function print(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: NodeJS.ErrnoException | null | undefined): void => {
      if (!error || NOBODY_READS.has(error.code)) resolve()
      else reject(error)
    }
    // The error comes to both; without a listener it would end the process.
    stream.once('error', settle)
    stream.write(text, (error) => {
      if (!error) stream.off('error', settle)
      settle(error)
    })
  })
}

/** The second is what Node says of each write after the first. */
const NOBODY_READS: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED'])
