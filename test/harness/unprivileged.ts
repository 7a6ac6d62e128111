// Runs a program as the least privileged process there is: uid and gid 65534, no capability, no way to gain one, and
// every file system read-only. It sees the repository at /mnt/repo, wherever the clone lies (a home that only its owner
// may enter, for instance). The mounts are in a namespace of its own, so they are gone with it.
import { join } from 'node:path'
import { run, type CommandOptions, type Outcome } from './command.ts'
import { NotHere } from './not-here.ts'
import { onPath } from '../tools/on-path.ts'

const repository = join(import.meta.dirname, '..', '..')

/** Runs `command` from the repository's folder, to which its paths should be relative. Only `env` is its environment, with a PATH and a HOME. */
export async function asNobody(
  command: readonly string[],
  options: Omit<CommandOptions, 'cwd'> = {},
): Promise<Outcome> {
  const whole = nobodyCommand(command)
  return run(whole, { ...options, env: { PATH: path, HOME: '/', ...options.env } })
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function nobodyCommand(command: readonly string[]): readonly string[] {
  if (process.getuid?.() !== 0) throw new NotHere('an unprivileged process', 'only root can take all rights away')
  const missing = ['unshare', 'setpriv', 'mount'].find((program) => onPath(program) === undefined)
  if (missing !== undefined) throw new NotHere('an unprivileged process', `${missing} is not installed`)
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', repository, ...command]
}

// A mount point that isn't one any more lies below another mount and can't be reached.
const script = `set -eu
cd "$1"
shift
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/repo
mount --bind . /mnt/repo
cut -d ' ' -f 5 /proc/self/mountinfo | sort -u | while read -r escaped; do
  point=$(printf '%b' "$escaped")
  if mountpoint -q "$point"; then mount -o remount,bind,ro "$point"; fi
done
cd /mnt/repo
exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \\
  --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- "$@"`
