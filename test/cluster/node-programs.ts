// The programs of a Kubernetes node that are not Kubernetes' own: containerd, runc, CNI plugins, nft, ip; and buildah, which
// makes the images. Debian's, unpacked and not installed.
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { debianTree } from '../tools/debian.ts'

/** A `usr` folder with them. They run where it lies over /usr (see `OVER_USR`): from elsewhere they miss their libraries. */
export async function nodePrograms(): Promise<string> {
  const root = await debianTree({ name: 'kubernetes-node', sets: [{ packages }], finish: mergeIntoUsr })
  return join(root, 'usr')
}

/** Shell commands that lay the folder $USR over /usr, in a mount namespace of their own. Nothing is installed by that. */
export const OVER_USR = 'mount -t overlay -o "lowerdir=$USR:/usr" overlay /usr'

const programs = 'containerd runc containernetworking-plugins buildah busybox-static nftables iproute2'

/** Those of nft, buildah and ip that a minimal Debian lacks. */
const libraries =
  'libnftables1 libnftnl11 libmnl0 libedit2 libbsd0 libjansson4 libxtables12 libgmp10 ' +
  'libgpgme11 libassuan0 libgpg-error0 libdevmapper1.02.1 libseccomp2 libudev1 ' +
  'libbpf1 libelf1 libtirpc3 libcap2'

const packages = `${programs} ${libraries}`.split(' ')

/** Only /usr is overlaid, and what a package puts into /bin and /lib belongs into /usr/bin and /usr/lib. */
async function mergeIntoUsr(root: string): Promise<void> {
  for (const folder of ['bin', 'sbin', 'lib']) {
    await cp(join(root, folder), join(root, 'usr', folder), { recursive: true, verbatimSymlinks: true }).catch(ifThere)
    await rm(join(root, folder), { recursive: true, force: true })
  }
}

/** A release whose packages have none of that folder. */
function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
