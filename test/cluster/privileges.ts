// Whether this machine lets us make a node: namespaces, overlays, veth pairs and cgroups, each tried before it is relied on.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../command.ts'
import { notHere, type NotHere } from '../not-here.ts'
import { onPath } from '../tools/on-path.ts'
import { makeCgroup } from './cgroups.ts'
import { folderOf, newName } from './name.ts'
import { OVER_USR } from './node-programs.ts'
import { remove } from './remove.ts'

const thing = 'a Kubernetes cluster'

/** What keeps even the programs from being of use; undefined when nothing does. */
export function whyNoNamespaces(): NotHere | undefined {
  if (process.platform !== 'linux') return notHere(thing, 'it needs Linux')
  if (process.getuid?.() !== 0) return notHere(thing, 'only root can make its namespaces')
  const missing = ['unshare', 'nsenter', 'setsid', 'bash'].find((program) => onPath(program) === undefined)
  return missing === undefined ? undefined : notHere(thing, `${missing} is not installed`)
}

/** What the kernel refuses, in its own words; undefined when it refuses nothing. `usr` has Debian's programs. */
export async function whyNoNode(usr: string): Promise<NotHere | undefined> {
  const name = newName()
  const folder = folderOf(name)
  try {
    mkdirSync(join(folder, 'upper'), { recursive: true })
    mkdirSync(join(folder, 'work'))
    const { status, stderr } = await run(['bash', '-euc', enter, 'bash', ...makeCgroup(name)], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', USR: usr, FOLDER: folder, TRIAL: trial },
    })
    return status === 0 ? undefined : notHere(thing, stderr.trim())
  } catch (error) {
    if (error instanceof Error && 'code' in error && refusals.has(String(error.code))) {
      return notHere(thing, error.message)
    }
    throw error
  } finally {
    await remove(name)
  }
}

const refusals = new Set(['EROFS', 'EACCES', 'EPERM', 'EBUSY'])

// As keeper.sh does.
const enter = `for procs; do echo 0 > "$procs"; done
exec unshare --net --mount --uts --ipc --pid --fork --kill-child bash -euc "$TRIAL"`

// The second overlay is what containerd makes of an image: its upper folder may not itself be on an overlay.
const trial = `${OVER_USR}
mount -t sysfs sysfs /sys
mount -t proc proc /proc
mount -t overlay -o "lowerdir=/usr,upperdir=$FOLDER/upper,workdir=$FOLDER/work" overlay /mnt
ip link add eth0 type veth peer name eth0-peer
nft list tables`
