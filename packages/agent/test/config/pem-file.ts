import { fileURLToPath } from 'node:url'

/** The path of a file that can be read, for options that name one; what it holds doesn't matter there. */
export function pemFile(): string {
  return fileURLToPath(import.meta.url)
}
