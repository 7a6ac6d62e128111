// The `ethtool` program, whose output our own readings must equal: Debian's, and where there is no apt, the machine's.
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NotHere } from '../harness/not-here.ts'
import { debianTree } from './debian.ts'
import { onPath } from './on-path.ts'

/** The path of an `ethtool` that runs here. */
export async function ethtool(): Promise<string> {
  try {
    const sets = [{ packages: ['ethtool', 'libmnl0'] }]
    return join(await debianTree({ name: 'ethtool', sets, finish: writeLauncher }), launcher)
  } catch (error) {
    const installed = error instanceof NotHere ? onPath('ethtool') : undefined
    if (installed === undefined) throw error
    return installed
  }
}

const launcher = 'bin/ethtool'

/** Lets it find the libmnl that was unpacked beside it. */
async function writeLauncher(root: string): Promise<void> {
  const script = `#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
for libraries in "$root"/usr/lib/*-linux-gnu*; do
  for program in "$root/usr/sbin/ethtool" "$root/sbin/ethtool"; do
    if [ -x "$program" ]; then LD_LIBRARY_PATH=$libraries exec "$program" "$@"; fi
  done
done
echo "$0: no ethtool below $root" >&2
exit 127
`
  await mkdir(join(root, 'bin'), { recursive: true })
  await writeFile(join(root, launcher), script)
  await chmod(join(root, launcher), 0o755)
}
