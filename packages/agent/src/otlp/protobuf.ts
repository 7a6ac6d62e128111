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

export function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(9)
  bytes[0] = (field << 3) | I64
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value), 1)
  return bytes
}

export function double(field: number, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(9)
  bytes[0] = (field << 3) | I64
  bytes.writeDoubleLE(value, 1)
  return bytes
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
