// Two images of one static program: for the tests' own pods, and for the pause container of every pod.
import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodePrograms } from '../cluster/node-programs.ts'
import { type Image, image } from './buildah.ts'

/** The name of the image that a pod's namespaces are held by. */
export const PAUSE = 'localhost/pause:1'

/** The image of that name. Its processes needn't do anything: containerd ends them with SIGKILL. */
export function pause(): Promise<Image> {
  return busyboxImage(PAUSE, ['/bin/busybox', 'sleep', 'infinity'])
}

/** `localhost/busybox:1`, with `/bin/sh`. */
export function busybox(): Promise<Image> {
  return busyboxImage('localhost/busybox:1', ['/bin/busybox'])
}

async function busyboxImage(reference: string, entrypoint: readonly string[]): Promise<Image> {
  const usr = await nodePrograms()
  const program = join(usr, 'bin', 'busybox')
  return image({
    reference,
    key: [readFileSync(program)],
    fill: async (root) => {
      await mkdir(join(root, 'bin'))
      await copyFile(program, join(root, 'bin', 'busybox'))
      await symlink('busybox', join(root, 'bin', 'sh'))
    },
    entrypoint,
  })
}
