// The few forms of DER (ITU-T X.690) that a certificate is written in.

/** Any value that is bytes: a tag, the length, the bytes. */
export function primitive(tag: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(bytes)]), bytes])
}

function lengthOf({ length }: Buffer): readonly number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

export const boolean = (value: boolean): Buffer => primitive(0x01, Buffer.from([value ? 0xff : 0]))
/** The bytes of a positive number, the first below 0x80. */
export const integer = (bytes: Buffer): Buffer => primitive(0x02, bytes)
export const bitString = (bytes: Buffer): Buffer => primitive(0x03, Buffer.concat([Buffer.from([0]), bytes]))
export const octetString = (bytes: Buffer): Buffer => primitive(0x04, bytes)
export const objectId = (hex: string): Buffer => primitive(0x06, Buffer.from(hex, 'hex'))
export const utf8 = (text: string): Buffer => primitive(0x0c, Buffer.from(text))
export const sequence = (...parts: readonly Buffer[]): Buffer => primitive(0x30, Buffer.concat(parts))
export const set = (...parts: readonly Buffer[]): Buffer => primitive(0x31, Buffer.concat(parts))
export const explicit = (tag: number, value: Buffer): Buffer => primitive(0xa0 + tag, value)

/** YYMMDDHHMMSSZ, to the second. */
export function utcTime(time: Date): Buffer {
  const digits = time.toISOString().replaceAll(/\D/g, '')
  return primitive(0x17, Buffer.from(`${digits.slice(2, 14)}Z`))
}
