// The file system a guest's kernel starts with: busybox, the kernel's modules it needs, and /init. An uncompressed cpio archive
// ("newc": Linux, Documentation/driver-api/early-userspace/buffer-format.rst), in the cache.
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import type { Architecture } from '../tools/architecture.ts'
import { cached } from '../tools/cache.ts'
import type { Kernel } from './kernel.ts'

/** The path of the archive. */
export async function initialFiles(architecture: Architecture, kernel: Kernel, busybox: string): Promise<string> {
  const key = createHash('sha256').update([kernel.ena, busybox, MODULES, INIT].join('\n')).digest('hex').slice(0, 8)
  const folder = await cached(`initrd-${architecture}-${kernel.release}-${key}`, async (making) => {
    const modules = await inOrder(kernel.modules)
    const files = [...modules, kernel.ena].map(async (path, i) => {
      const number = path === kernel.ena ? 'ena' : `modules/${String(i).padStart(2, '0')}-${basename(path, '.ko')}`
      return file(`${number}.ko`, 0o644, await readFile(path))
    })
    const archive = [
      ...['bin', 'proc', 'sys', 'dev', 'modules'].map((name) => entry(name, 0o040_755, Buffer.alloc(0))),
      file('bin/busybox', 0o755, await readFile(busybox)),
      file('init', 0o755, Buffer.from(INIT)),
      ...(await Promise.all(files)),
      entry('TRAILER!!!', 0, Buffer.alloc(0)),
    ]
    await writeFile(join(making, 'initrd'), Buffer.concat(archive))
  })
  return join(folder, 'initrd')
}

/**
 * What the guest and the agent need; what the kernel has built in isn't there as a file. libcrc32c, which nf_conntrack needs, asks
 * for an algorithm by name, and the kernel doesn't call that a dependency.
 */
const MODULES: readonly string[] =
  'virtio_pci virtio_console virtio_net virtio_rng 9p 9pnet_virtio overlay veth crc32c_generic nf_conntrack'.split(' ')

/**
 * Port 1 brings requests, a line each: a token and a shell script in base64. Its output goes to ports 2 and 3, each ended by a
 * record separator (036), the token and the exit status. When the host is gone, the first read says so.
 */
const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*.ko; do insmod $module || echo "init: $module can't be loaded"; done
until [ -c /dev/vport*p1 ] && [ -c /dev/vport*p2 ] && [ -c /dev/vport*p3 ]; do usleep 20000; done
port=$(echo /dev/vport*p1)
exec 3<$port 4>\${port%1}2 5>\${port%1}3
while read -r token script <&3; do
  echo "$script" | base64 -d >/script
  sh /script </dev/null >&4 2>&5 3<&-
  status=$?
  printf '\\036%s %s\\n' "$token" $status >&4
  printf '\\036%s %s\\n' "$token" $status >&5
done
poweroff -f
`

/** The modules' files, each after those that it depends on. */
async function inOrder(folder: string): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true })
  const files = new Map(all.filter((path) => path.endsWith('.ko')).map((path) => [nameOf(path), join(folder, path)]))
  const builtIn = new Set((await readFile(join(folder, 'modules.builtin'), 'utf8')).trim().split('\n').map(nameOf))
  const order = new Set<string>()
  const add = async (name: string): Promise<void> => {
    const path = files.get(name)
    if (path === undefined && builtIn.has(name)) return
    if (path === undefined) throw new Error(`${folder} has no module ${name}`)
    for (const needed of dependencies(await readFile(path))) await add(needed)
    order.add(path)
  }
  for (const name of MODULES) await add(name)
  return [...order]
}

const nameOf = (path: string): string => basename(path, '.ko').replaceAll('-', '_')

/** From the section .modinfo: texts, each ended by a NUL, one of them `depends=a,b`. */
function dependencies(module: Buffer): readonly string[] {
  const start = module.indexOf('\0depends=') + '\0depends='.length
  const text = module.toString('latin1', start, module.indexOf('\0', start))
  return text === '' ? [] : text.split(',').map(nameOf)
}

const file = (name: string, mode: number, data: Buffer): Buffer => entry(name, 0o100_000 | mode, data)

/** magic, then 13 numbers of 8 hexadecimal digits, the name with its NUL, the data; name and data end on multiples of 4. */
function entry(name: string, mode: number, data: Buffer): Buffer {
  const numbers = [0, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length + 1, 0]
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}${name}\0`
  return Buffer.concat([padded(Buffer.from(header)), padded(data)])
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)])
}
