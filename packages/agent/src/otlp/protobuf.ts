// The part of Protocol Buffers that OTLP needs: https://protobuf.dev/programming-guides/encoding/

const VARINT = 0
const I64 = 1
const LEN = 2
const I32 = 5

/**
 * Writes a message from its end to its start: when the tag of a nested message is written, its length is known and its bytes are in place.
 * The last field of a message and the last message of a list are written first. Field numbers are below 16, so that a tag is one byte.
 *
 * Through a DataView: Buffer's own methods are JavaScript, and the agent runs without a compiler.
 */
export class BackwardWriter {
  #bytes = Buffer.alloc(0)
  #view = new DataView(this.#bytes.buffer)
  /** The index of the first byte that is written. */
  #at = 0

  /** The message. It shares its memory with the writer. */
  bytes(): Buffer {
    return this.#bytes.subarray(this.#at)
  }

  /** How many bytes are written. */
  length(): number {
    return this.#bytes.length - this.#at
  }

  /** Writes the tag and the length of the message or string that was written since `length()` was `end`. */
  delimit(field: number, end: number): void {
    const length = this.length() - end
    let lengthBytes = 1
    for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) lengthBytes++
    let at = this.#tag(field, LEN, lengthBytes)
    let rest = length
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#view.setUint8(at++, (rest % 128) | 0x80)
    this.#view.setUint8(at, rest)
  }

  text(field: number, value: string): void {
    const end = this.length()
    this.#reserve(Buffer.byteLength(value))
    this.#bytes.write(value, this.#at)
    this.delimit(field, end)
  }

  /** An enum, a bool or an int64. */
  integer(field: number, value: number): void {
    const varint = int64(value)
    const at = this.#tag(field, VARINT, varint.length)
    this.#bytes.set(varint, at)
  }

  double(field: number, value: number): void {
    const at = this.#tag(field, I64, 8)
    this.#view.setFloat64(at, value, true)
  }

  /** Of type fixed64 or sfixed64: `high` is the number divided by 2^32; the last 32 bits of `low` are used. */
  fixed64(field: number, high: number, low: number): void {
    const at = this.#tag(field, I64, 8)
    this.#view.setUint32(at, low, true)
    this.#view.setUint32(at + 4, high, true)
  }

  /** Copies fields that are encoded already. */
  encoded(fields: Uint8Array): void {
    this.#reserve(fields.length)
    this.#bytes.set(fields, this.#at)
  }

  /** @returns the index of the `length` bytes after the tag, which the caller writes */
  #tag(field: number, wireType: number, length: number): number {
    this.#reserve(1 + length)
    this.#view.setUint8(this.#at, (field << 3) | wireType)
    return this.#at + 1
  }

  #reserve(length: number): void {
    if (this.#at < length) {
      const written = this.bytes()
      this.#bytes = Buffer.allocUnsafe(Math.max(256, 2 * (written.length + length)))
      this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length)
      this.#at = this.#bytes.length - written.length
      this.#bytes.set(written, this.#at)
    }
    this.#at -= length
  }
}

/** A varint of 64 bits. A number does not hold the two's complement of a negative one exactly. */
function int64(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.of(...bytes, Number(rest))
}

/** A field's number and its value: a number (rounded to a double), or the bytes of a length-delimited field. */
type Field = readonly [field: number, value: number | Buffer]

/**
 * The fields of a message, in their order.
 *
 * @throws RangeError when the bytes are not a message
 */
export function fieldsOf(message: Buffer): readonly Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at++)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  const bytes = (length: number): Buffer => {
    at += length
    if (at > message.length) throw new RangeError(`a field of ${length} bytes ends after its message`)
    return message.subarray(at - length, at)
  }
  const values = new Map<number, () => number | Buffer>([
    [VARINT, varint],
    [LEN, () => bytes(varint())],
    [I64, () => bytes(8)],
    [I32, () => bytes(4)],
  ])
  while (at < message.length) {
    const key = varint()
    const value = values.get(key & 7)
    if (!value) throw new RangeError(`there is no wire type ${key & 7}`)
    fields.push([Math.floor(key / 8), value()])
  }
  return fields
}

/**
 * The length-delimited values of a field.
 *
 * @throws RangeError when the bytes are not a message
 */
export function messagesIn(message: Buffer, wanted: number): readonly Buffer[] {
  return fieldsOf(message).flatMap(([field, value]) => (field === wanted && typeof value !== 'number' ? [value] : []))
}
