// The image of a Prometheus for prometheus-operator's pods: with the program that reloads it, for which the operator has an image of its own.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Image, image } from '../../image/buildah.ts'
import { prometheus } from '../../tools/prometheus.ts'
import { prometheusOperator } from '../../tools/prometheus-operator.ts'

/** `localhost/prometheus:test`. */
export async function prometheusImage(): Promise<Image> {
  const programs = [(await prometheus()).prometheus, (await prometheusOperator())['prometheus-config-reloader']]
  const names = ['prometheus', 'prometheus-config-reloader']
  return image({
    reference: 'localhost/prometheus:test',
    key: programs.map((program) => createHash('sha256').update(readFileSync(program)).digest('hex')),
    fill: async (root) => {
      await mkdir(join(root, 'bin'))
      for (const [i, program] of programs.entries()) {
        const path = join(root, 'bin', names[i]!)
        await copyFile(program, path)
        await chmod(path, 0o755)
      }
    },
    entrypoint: ['/bin/prometheus'],
    user: '65534:65534',
  })
}
