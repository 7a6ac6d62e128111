// Errors of the kernel that mean "not offered".

/**
 * What `read` returns; `undefined` when it fails with one of these codes.
 *
 * @throws any other error
 */
export function unlessErrno<T>(codes: readonly string[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
