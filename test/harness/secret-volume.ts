// A folder with the files of a Secret, as the kubelet mounts it. Their names are links to a folder that is itself behind a link, so that
// all files are replaced at once. Source: Kubernetes, pkg/volume/util/atomic_writer.go.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SecretVolume extends Disposable {
  readonly path: string
  /** Replaces all files. The names are those of the first ones. */
  readonly replace: (files: Readonly<Record<string, string>>) => void
}

/** @param files their texts, by name: `tls.crt` */
export function secretVolume(files: Readonly<Record<string, string>>): SecretVolume {
  const path = mkdtempSync(join(tmpdir(), 'ena-otel-secret-'))
  let version = 0
  const write = (texts: Readonly<Record<string, string>>): string => {
    const folder = `..version-${++version}`
    mkdirSync(join(path, folder))
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(path, folder, name), text)
    symlinkSync(folder, join(path, '..data_tmp'))
    renameSync(join(path, '..data_tmp'), join(path, '..data'))
    return folder
  }
  let current = write(files)
  for (const name of Object.keys(files)) symlinkSync(join('..data', name), join(path, name))
  return {
    path,
    replace: (texts) => {
      const old = current
      current = write(texts)
      rmSync(join(path, old), { recursive: true })
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  }
}
