// Whether this machine lets us make a node: namespaces, overlays, veth pairs and cgroups, each tried before it is relied on.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../harness/command.ts'
import { NotHere } from '../harness/not-here.ts'
import { onPath } from '../tools/on-path.ts'
import { makeCgroup } from './cgroups.ts'
import { folderOf, newName } from './name.ts'
import { OVER_USR } from './node-programs.ts'
import { remove } from './remove.ts'

const thing = 'a Kubernetes cluster'

/** @throws NotHere with what keeps even the programs from being of use */
export function requireNamespaces(): void {
  if (process.platform !== 'linux') throw new NotHere(thing, 'it needs Linux')
  if (process.getuid?.() !== 0) throw new NotHere(thing, 'only root can make its namespaces')
  const missing = ['unshare', 'nsenter', 'setsid', 'bash'].find((program) => onPath(program) === undefined)
  if (missing !== undefined) throw new NotHere(thing, `${missing} is not installed`)
}

/** `usr` has Debian's programs. @throws NotHere with what the kernel refuses, in its own words */
export async function requireNode(usr: string): Promise<void> {
  const name = newName()
  const folder = folderOf(name)
  try {
    mkdirSync(join(folder, 'upper'), { recursive: true })
    mkdirSync(join(folder, 'work'))
    const { status, stderr } = await run(['bash', '-euc', enter, 'bash', ...makeCgroup(name)], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', USR: usr, FOLDER: folder, TRIAL: trial },
    })
    if (status !== 0) throw new NotHere(thing, stderr.trim())
  } catch (error) {
    if (error instanceof Error && 'code' in error && refusals.has(String(error.code))) {
      throw new NotHere(thing, error.message)
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
