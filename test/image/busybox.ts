// Two images of one static program: what a test's own pods run, and what holds the namespaces of every pod.
import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodePrograms } from '../cluster/node-programs.ts'
import type { NotHere } from '../not-here.ts'
import { type Image, image } from './buildah.ts'

/** The name of the image that a pod's namespaces are held by. */
export const PAUSE = 'localhost/pause:1'

/** The image of that name. Its processes needn't do anything: containerd ends them with SIGKILL. */
export function pause(): Promise<Image | NotHere> {
  return busyboxImage(PAUSE, ['/bin/busybox', 'sleep', 'infinity'])
}

/** `localhost/busybox:1`, with `/bin/sh`. */
export function busybox(): Promise<Image | NotHere> {
  return busyboxImage('localhost/busybox:1', ['/bin/busybox'])
}

async function busyboxImage(reference: string, entrypoint: readonly string[]): Promise<Image | NotHere> {
  const usr = await nodePrograms()
  if (typeof usr !== 'string') return usr
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
