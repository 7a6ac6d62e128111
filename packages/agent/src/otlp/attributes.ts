// OpenTelemetry attributes in Protocol Buffers. Field numbers: opentelemetry-proto 1.x, common/v1/common.proto.
import type { AttributeValue, Attributes } from '@opentelemetry/api'

import { boolean, double, integer, lengthDelimited, text } from './protobuf.ts'

/** `KeyValue { key = 1, AnyValue value = 2 }` for each attribute; an attribute without a value is left out. */
export function encodeAttributes(field: number, attributes: Attributes): Buffer {
  const encoded: Buffer[] = []
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    encoded.push(lengthDelimited(field, text(1, key), lengthDelimited(2, anyValue(value))))
  }
  return Buffer.concat(encoded)
}

/** `AnyValue { string_value = 1, bool_value = 2, int_value = 3, double_value = 4, array_value = 5 }`; anything else is an empty AnyValue. */
function anyValue(value: AttributeValue): Buffer {
  if (typeof value === 'string') return text(1, value)
  if (typeof value === 'boolean') return boolean(2, value)
  if (typeof value === 'number') return isInt64(value) ? integer(3, value) : double(4, value)
  if (!Array.isArray(value)) return Buffer.alloc(0)
  return lengthDelimited(5, ...value.map((item) => lengthDelimited(1, anyValue(item as AttributeValue)))) // ArrayValue.values = 1
}

/** Whether an attribute is sent as `int_value`; other numbers are doubles. */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63
}
