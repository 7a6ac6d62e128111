// An image that can be started as ADOT's is: a collector for an entrypoint, without a user that has a name.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, copyFile } from 'node:fs/promises'
import { join } from 'node:path'

import { type Image, image } from '../image/buildah.ts'
import { otelcol } from '../tools/otelcol.ts'

/** `localhost/otelcol:test`: the collector of the tests. */
export async function collectorImage(): Promise<Image> {
  const program = await otelcol()
  return image({
    reference: 'localhost/otelcol:test',
    key: [createHash('sha256').update(readFileSync(program)).digest('hex')],
    fill: async (root) => {
      await copyFile(program, join(root, 'otelcol'))
      await chmod(join(root, 'otelcol'), 0o755)
    },
    entrypoint: ['/otelcol'],
    user: '4317:4317',
  })
}
