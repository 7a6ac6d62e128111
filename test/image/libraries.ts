// The shared libraries that programs need to run in an image that has nothing else.
import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { output } from '../harness/command.ts'

/** Their paths on this machine, with that of the dynamic linker. Source: ldd(1). */
export async function librariesOf(programs: readonly string[]): Promise<readonly string[]> {
  const lines = (await output(['ldd', ...programs])).split('\n')
  const missing = lines.find((line) => line.includes('not found'))
  if (missing !== undefined) throw new Error(`ldd ${programs.join(' ')}: ${missing.trim()}`)
  return [...new Set(lines.flatMap((line) => /^\s+(?:\S+ => )?(\/\S+) \(0x/.exec(line)?.[1] ?? []))]
}

/** Copies them to the same paths below `root`, each as a file: many are links on this machine. */
export async function copyLibraries(paths: readonly string[], root: string): Promise<void> {
  for (const path of paths) {
    await mkdir(join(root, dirname(path)), { recursive: true })
    await copyFile(path, join(root, path))
  }
}
