// Protocol Buffers, as far as OTLP needs them: https://protobuf.dev/programming-guides/encoding/

const VARINT = 0
const I64 = 1
const LEN = 2
const I32 = 5

/** A message, a string or bytes as a field: its tag, its length, and the parts of it. */
export function lengthDelimited(field: number, ...parts: readonly Buffer[]): Buffer {
  let length = 0
  for (const part of parts) length += part.length
  return Buffer.concat([tag(field, LEN), varint(length), ...parts])
}

export function text(field: number, value: string): Buffer {
  return lengthDelimited(field, Buffer.from(value))
}

/** An enum, a bool or a small number that is not negative. */
export function number(field: number, value: number): Buffer {
  return Buffer.concat([tag(field, VARINT), varint(value)])
}

/** Of a field with a number of 64 bits: its tag and the number. */
export const FIXED64_BYTES = 9

/** How many bytes a length-delimited field takes whose parts are so many bytes. */
export function delimitedBytes(length: number): number {
  return 1 + varintBytes(length) + length
}

/**
 * Fields one after the other in one piece of memory, for what there is much of. Through a DataView: Buffer's own methods are JavaScript,
 * and there is no compiler where the agent runs.
 */
export interface Fields {
  readonly bytes: Buffer
  /** A length-delimited field begins, whose parts are so many bytes. */
  readonly delimited: (field: number, length: number) => void
  /** Of type fixed64 or sfixed64: `high` is the number divided by 2^32, of `low` the last 32 bits are taken. */
  readonly fixed64: (field: number, high: number, low: number) => void
  readonly double: (field: number, value: number) => void
  /** What is encoded already. */
  readonly encoded: (fields: Buffer) => void
}

/** @param size bytes: of all that will be written */
export function createFields(size: number): Fields {
  const bytes = Buffer.allocUnsafe(size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  let at = 0
  return {
    bytes,
    delimited: (field, length) => {
      view.setUint8(at++, (field << 3) | LEN)
      let rest = length
      for (; rest > 0x7f; rest = Math.floor(rest / 128)) view.setUint8(at++, (rest % 128) | 0x80)
      view.setUint8(at++, rest)
    },
    fixed64: (field, high, low) => {
      view.setUint8(at, (field << 3) | I64)
      view.setUint32(at + 1, low, true)
      view.setInt32(at + 5, high, true)
      at += FIXED64_BYTES
    },
    double: (field, value) => {
      view.setUint8(at, (field << 3) | I64)
      view.setFloat64(at + 1, value, true)
      at += FIXED64_BYTES
    },
    encoded: (fields) => {
      bytes.set(fields, at)
      at += fields.length
    },
  }
}

/** Fields are below 16: a tag is one byte. */
function tag(field: number, wireType: number): Buffer {
  return Buffer.of((field << 3) | wireType)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Buffer.from([...bytes, rest])
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

/** One field as it was read: a number (the lower 53 bits of one), or the bytes of what is length-delimited. */
export type Field = readonly [field: number, value: number | Buffer]

/**
 * The fields of a message, in the order in which they were written.
 *
 * @throws RangeError when the bytes are no message
 */
export function fieldsOf(message: Buffer): readonly Field[] {
  const fields: Field[] = []
  let at = 0
  const readVarint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at++)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  const readBytes = (length: number): Buffer => {
    const bytes = message.subarray(at, at + length)
    if (bytes.length < length) throw new RangeError(`a field of ${length} bytes has ${bytes.length}`)
    at += length
    return bytes
  }
  while (at < message.length) {
    const key = readVarint()
    const wireType = key & 7
    const field = Math.floor(key / 8)
    if (wireType === VARINT) fields.push([field, readVarint()])
    else if (wireType === LEN) fields.push([field, readBytes(readVarint())])
    else if (wireType === I64) fields.push([field, readBytes(8)])
    else if (wireType === I32) fields.push([field, readBytes(4)])
    else throw new RangeError(`there is no wire type ${wireType}`)
  }
  return fields
}
