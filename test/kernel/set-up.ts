// What is done in a guest before anything can be run in it.
import type { Generation } from './names.ts'

export interface SetUp {
  /** How many shares make up `/`. */
  readonly layers: number
  readonly repository: string
  /** The network cards' drivers. */
  readonly generations: readonly Generation[]
}

/**
 * The script. The guest's `/` comes to be in /mnt; every share is read-only and has the guest's memory above it. The emulator's
 * own network card is called host0, so that those of the driver ena are eth0, eth1, …
 */
export function setUp({ layers, repository, generations }: SetUp): string {
  const numbers = Array.from({ length: layers }, (_, i) => i)
  const inGuest = quoted([`/mnt${repository}`])
  return `set -e
mkdir -p /share /memory /mnt
mount -t tmpfs memory /memory
share() { mkdir -p /share/$1 && mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose $1 /share/$1; }
above() { mkdir -p /memory/$1 /memory/$1.work && echo upperdir=/memory/$1,workdir=/memory/$1.work; }
${[...numbers.map((i) => `root${i}`), 'repository'].map((tag) => `share ${tag}`).join('\n')}
mount -t overlay -o lowerdir=${numbers.map((i) => `/share/root${i}`).join(':')},$(above root) root /mnt
cd /mnt
mkdir -p proc sys dev run tmp root etc bin sbin usr/bin usr/sbin
for kind in proc sysfs:sys devtmpfs:dev tmpfs:run tmpfs:tmp debugfs:sys/kernel/debug; do mount -t \${kind%:*} none \${kind#*:}; done
mount -t debugfs none /sys/kernel/debug
mkdir -p ${inGuest}
mount -t overlay -o lowerdir=/share/repository,$(above repository) repository ${inGuest}
chroot /mnt /bin/busybox --install -s
# who dies of a signal is named on the console, with where it was
echo 1 >/proc/sys/kernel/print-fatal-signals
echo 1 >/proc/sys/debug/exception-trace
echo 'root:x:0:0:root:/root:/bin/sh' >etc/passwd
echo '127.0.0.1 localhost' >etc/hosts
cd /
for which in all default; do echo 1 >/proc/sys/net/ipv6/conf/$which/disable_ipv6; done # announces itself on every card
ip link set lo up
if [ -e /sys/class/net/eth0 ]; then ip link set eth0 name host0; fi
ip addr add 10.0.2.15/24 dev host0
ip link set host0 up
ip route add default via 10.0.2.2
insmod /ena.ko
${generations.map((generation, i) => `echo add ${i} ${cardMac(i)} ${cardBus(i)} ${generation} >/sys/kernel/debug/ena/control\nip link set eth${i} up`).join('\n')}
`
}

/** The MAC of the network card with this number, from 0 to 15. */
export function cardMac(number: number): string {
  return `06:00:00:00:00:${number.toString(16).padStart(2, '0')}`
}

/** Its address on the bus. */
export function cardBus(number: number): string {
  return `0000:00:${(number + 5).toString(16).padStart(2, '0')}.0`
}

/** The words as a shell reads them, each as it is. */
export function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
}
