// Container images from scratch by buildah, without a registry, a daemon or another image; kept in the cache.
import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { nodePrograms, OVER_USR } from '../cluster/node-programs.ts'
import { output } from '../harness/command.ts'
import { NotHere } from '../harness/not-here.ts'
import { cached } from '../tools/cache.ts'

export interface Recipe {
  /** Its name in a cluster: `localhost/NAME:TAG`. */
  readonly reference: string
  /** All that the image is made from: when that changes, the image is built again. */
  readonly key: readonly (string | Uint8Array)[]
  /** Puts the image's files into the folder `root`, and temporary files into `scratch`. Both are empty. */
  readonly fill: (root: string, scratch: string) => Promise<void>
  readonly entrypoint: readonly string[]
  /** `65534:65534`; root by default. */
  readonly user?: string
  readonly labels?: Readonly<Record<string, string>>
}

export interface Image {
  readonly reference: string
  /** A docker-archive. */
  readonly archive: string
}

/** The image by a recipe. Makes it where that has never been done. */
export async function image(recipe: Recipe): Promise<Image> {
  if (process.getuid?.() !== 0) throw new NotHere('buildah', 'only root can make the mounts that it runs in')
  const usr = await nodePrograms()
  const { fill: _, key, ...description } = recipe
  const hash = createHash('sha256').update(JSON.stringify(description)).update(script)
  for (const part of key) hash.update('\0').update(part)
  const name = `image-${basename(recipe.reference).replace(':', '-')}-${process.arch}-${hash.digest('hex').slice(0, DIGITS)}`
  const folder = await cached(name, async (unfinished) => {
    await removeOutdated(dirname(unfinished), name.slice(0, -DIGITS))
    await make(recipe, usr, unfinished)
  })
  return { reference: recipe.reference, archive: join(folder, archiveName) }
}

const archiveName = 'image.tar'
/** How many digits of what an image is made from are in the name of its folder. */
export const DIGITS = 8
const dayMs = 86_400_000

/** Removes an image's earlier states: each is as large as the whole. One of today may be in use by another clone's tests. */
export async function removeOutdated(cache: string, prefix: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(prefix) || name.length !== prefix.length + DIGITS) continue
    const { mtimeMs } = await stat(join(cache, name))
    if (Date.now() - mtimeMs > dayMs) await rm(join(cache, name), { recursive: true, force: true })
  }
}

/** Works in the cache itself, where what a killed run leaves is found and removed by the next one. */
async function make(recipe: Recipe, usr: string, folder: string): Promise<void> {
  const work = join(folder, 'build')
  const [root, scratch] = [join(work, 'root'), join(work, 'scratch')]
  for (const path of [root, scratch]) await mkdir(path, { recursive: true })
  await recipe.fill(root, scratch)
  await writeFile(join(work, 'policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }))
  const { reference, entrypoint, user = '0:0', labels = {} } = recipe
  const config = ['--entrypoint', JSON.stringify(entrypoint), '--cmd', '', '--user', user, '--workingdir', '/']
  for (const [label, value] of Object.entries(labels)) config.push('--label', `${label}=${value}`)
  const command = ['sh', '-c', script, 'sh', folder, reference, ...config]
  await output(['unshare', '--mount', '--propagation', 'private', ...command], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: work, USR: usr },
  })
  await rm(work, { recursive: true })
}

// vfs, because it works in any folder and leaves no mount. Where buildah keeps locks and a cache of its own, whatever it is
// told, there is memory instead; the folder is at /mnt, because it may lie below (in /var/lib/jenkins).
const script = `set -eu
folder=$1 reference=$2
shift 2
mount --bind "$folder" /mnt
${OVER_USR}
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
buildah() { command buildah --storage-driver vfs --root /mnt/build/storage --runroot /mnt/build/run "$@"; }
container=$(buildah from scratch)
buildah copy --quiet "$container" /mnt/build/root /
buildah config "$@" "$container"
buildah commit --quiet --signature-policy /mnt/build/policy.json "$container" "docker-archive:/mnt/${archiveName}:$reference"`
