// The body of a remote write: protobuf in snappy's block format.
// https://prometheus.io/docs/specs/prw/remote_write_spec/
import { parse } from 'protobufjs'
import { compressSync, uncompressSync } from 'snappy'

export interface Sample {
  readonly value: number
  /** In ms since the epoch. */
  readonly timestamp: number
}

export interface TimeSeries {
  /** In the order of their names; `__name__` is the metric's. */
  readonly labels: readonly { readonly name: string; readonly value: string }[]
  readonly samples: readonly Sample[]
}

export interface WriteRequest {
  readonly timeseries: readonly TimeSeries[]
}

/** What the tests read of prompb/remote.proto and prompb/types.proto of Prometheus, same names and numbers. A decoder skips the rest. */
const type = parse(`
  syntax = "proto3";
  message WriteRequest { repeated TimeSeries timeseries = 1; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }
`).root.lookupType('WriteRequest')

/** The uncompressed length that a snappy block states: a varint at its head. */
export function unpackedLength(body: Uint8Array): number {
  let length = 0
  for (const [index, byte] of body.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return length
  }
  throw new RangeError('not snappy: no length at its head')
}

/** @throws Error when the body is not snappy, or what is in it not this protobuf. */
export function decode(body: Uint8Array): WriteRequest {
  const message = type.decode(uncompressSync(Buffer.from(body), { asBuffer: true }) as Buffer)
  return type.toObject(message, { longs: Number, arrays: true, defaults: true }) as WriteRequest
}

export function encode(request: WriteRequest): Buffer {
  return compressSync(Buffer.from(type.encode(type.fromObject(request)).finish()))
}
