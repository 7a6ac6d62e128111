// An id for a machine without a name, derived from machine-id(5), which is confidential and is not exported itself.

import { createHash } from 'node:crypto'
import { join } from 'node:path'

import type { Log } from '../log.ts'
import { readSmallFile } from './small-file.ts'

/** The namespace that the semantic conventions prescribe for a service.instance.id made from an inherent id. */
const INSTANCE_ID_NAMESPACE = '4d63009a-8d0f-11ee-aad7-4c796ed8e320'

/**
 * A UUID (version 5) that is the same after each restart and does not reveal the machine id. Source: `${etc}/machine-id`.
 * undefined = there is none, or not yet ("uninitialized" in an image before its first boot).
 * In a container the file is the image's, which may be the same on all nodes: use it only when there is no better name.
 */
export function machineUuid({ etc }: { readonly etc: string }, log: Log): string | undefined {
  const id = readSmallFile(join(etc, 'machine-id'), log)
  if (id === undefined || !/^[0-9a-f]{32}$/.test(id) || /^0+$/.test(id)) return undefined
  return uuidVersion5(INSTANCE_ID_NAMESPACE, `ena-otel:${id}`)
}

/** RFC 9562, 5.5: the first 16 bytes of SHA-1(namespace ‖ name), version in byte 6, variant in byte 8. */
function uuidVersion5(namespace: string, name: string): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
