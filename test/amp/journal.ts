// What a stand-in has received so far, and a way to wait for more.

export interface Journal<Entry> {
  /** In the order in which they came. */
  readonly list: () => readonly Entry[]
  readonly add: (entry: Entry) => void
  /** The list as soon as `enough` says so. @throws what `signal` gives when it aborts; after 20 s by default. */
  readonly when: (enough: (entries: readonly Entry[]) => boolean, signal?: AbortSignal) => Promise<readonly Entry[]>
}

export function journal<Entry>(): Journal<Entry> {
  const entries: Entry[] = []
  const changes = new EventTarget()
  return {
    list: () => [...entries],
    add(entry) {
      entries.push(entry)
      changes.dispatchEvent(new Event('entry'))
    },
    async when(enough, signal = AbortSignal.timeout(20_000)) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const look = (): void => {
        if (enough(entries)) resolve()
      }
      const abort = (): void => reject(signal.reason as Error)
      changes.addEventListener('entry', look)
      signal.addEventListener('abort', abort)
      look()
      if (signal.aborted) abort()
      try {
        await promise
        return [...entries]
      } finally {
        changes.removeEventListener('entry', look)
        signal.removeEventListener('abort', abort)
      }
    },
  }
}
