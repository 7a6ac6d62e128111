// Reading and checking fixed-size structs of the kernel.

/** @throws RangeError when a reply is shorter than the struct it should hold. */
export function checkSize(struct: string, reply: Uint8Array, size: number): void {
  if (reply.length < size) throw new RangeError(`${struct}: needs ${size} bytes, got ${reply.length}`)
}

/**
 * Returns the text of a `char[length]` field: up to the first NUL, or all of it where there's none. Bytes are taken as
 * Latin-1, so that none is lost; drivers write ASCII.
 */
export function fixedString(reply: Buffer, offset: number, length: number): string {
  const end = reply.indexOf(0, offset)
  return reply.toString('latin1', offset, end === -1 || end > offset + length ? offset + length : end)
}
