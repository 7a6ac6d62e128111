// `node:fs` with the files of the model under /model. A test file mocks node:fs with it:
//
//   vi.mock('node:fs', async (importOriginal) => (await import('./model/node-fs.ts')).withModel(await importOriginal()))
import type * as nodeFs from 'node:fs'

import type { FileSystem } from './files.ts'

type NodeFs = typeof nodeFs

let mounted: FileSystem | undefined

/** Shows these files under /model from now on. */
export function mount(files: FileSystem): void {
  mounted = files
}

/** Descriptors of the model: above those of the process. */
const DESCRIPTORS = 1_000_000

/** `real`, except for paths under /model. Only what the agent calls is replaced. */
export function withModel(real: NodeFs): object {
  const files = (): FileSystem => {
    if (!mounted) throw new Error('no model is mounted')
    return mounted
  }
  const isModel = (path: unknown): path is string => typeof path === 'string' && path.startsWith('/model/')
  return {
    ...real,
    readdirSync: (path: string, ...rest: []) =>
      isModel(path) ? files().readdir(path) : real.readdirSync(path, ...rest),
    realpathSync: (path: string, ...rest: []) =>
      isModel(path) ? files().realpath(path) : real.realpathSync(path, ...rest),
    readFileSync: (path: string, ...rest: []) =>
      isModel(path) ? files().readFile(path) : real.readFileSync(path, ...rest),
    openSync: (path: string, flags: string) =>
      isModel(path) ? DESCRIPTORS + files().open(path) : real.openSync(path, flags),
    closeSync: (fd: number) => (fd >= DESCRIPTORS ? undefined : real.closeSync(fd)),
    readvSync: (fd: number, buffers: readonly Buffer[], position: number) =>
      fd >= DESCRIPTORS
        ? buffers[0]!.write(files().read(fd - DESCRIPTORS), 'latin1')
        : real.readvSync(fd, buffers, position),
  }
}
