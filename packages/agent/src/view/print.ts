// Text to stdout or stderr, complete: Node writes only 64 KB to a pipe at once, and the rest after somebody has read them.

/**
 * Fulfilled when the text, and all that was written before it, is out; also when the pipe is closed (`ena-otel once | head`), which is
 * no failure.
 *
 * @throws Error with one line when the text can't be written: ENOSPC, EIO, …
 */
export function print(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: NodeJS.ErrnoException | null | undefined): void => {
      if (!error || CLOSED_PIPE.has(error.code)) resolve()
      else reject(unwritable(error))
    }
    // The error goes to both; without a listener it would end the process.
    stream.once('error', settle)
    stream.write(text, (error) => {
      if (!error) stream.off('error', settle)
      settle(error)
    })
  })
}

/**
 * Fulfilled when the other end of a pipe is closed (`ena-otel run | head`). From now on, a failure to write does not end the process.
 *
 * @throws as `print`
 */
export function nobodyReads(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (CLOSED_PIPE.has(error.code)) resolve()
      else reject(unwritable(error))
    })
  })
}

function unwritable(error: NodeJS.ErrnoException): Error {
  return new Error(`the output can't be written (${error.code}): send it to another file or to a pipe`, {
    cause: error,
  })
}

/** The second is the code of each later write. */
const CLOSED_PIPE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED'])
