// A Linux machine of its own for a test, emulated: Debian's kernel, network cards of the driver "ena", the repository at its own
// path. What a guest writes is in its memory. It ends with the object, and with the process that started it.
import { once } from 'node:events'
import { dirname } from 'node:path'

import { REPOSITORY } from '../harness/agent.ts'
import type { Outcome } from '../harness/command.ts'
import { type Architecture, ARCHITECTURES, hostArchitecture } from '../tools/architecture.ts'
import { emulator } from './emulator.ts'
import { guestRoot } from './guest-root.ts'
import { initialFiles } from './initial-files.ts'
import { kernel } from './kernel.ts'
import { type Machine, startMachine } from './machine.ts'
import type { Generation } from './names.ts'
import { quoted, setUp } from './set-up.ts'

export interface GuestOptions {
  /** Default: this machine's. */
  readonly arch?: Architecture
  /** How many network cards, eth0 and so on, all up; or the generation of each one's driver. Default: 1. */
  readonly nics?: number | readonly Generation[]
  /** The generation of the driver where `nics` is a number. Default: 2.17. */
  readonly driver?: Generation
  /** Whether the guest reaches this machine, at 10.0.2.2, and through it the network. Default: false. */
  readonly reachesHost?: boolean
}

export interface Guest extends AsyncDisposable {
  /** What `uname -r` says in it. */
  readonly release: string
  /**
   * Runs a command in the repository's folder, after those that were asked for before. `node` is the workspace's, whatever the
   * architecture. What it leaves running in the background goes on; such a program has to be given another output.
   *
   * @throws Error with the end of the guest's console when the guest dies meanwhile
   */
  readonly exec: (command: readonly string[], options?: ExecOptions) => Promise<Outcome>
  /** Gives the driver commands, which are listed in ena.c. @throws Error with what was refused, and the errno */
  readonly ena: (...commands: readonly string[]) => Promise<void>
  /** What the guest's kernel has printed. */
  readonly console: () => string
}

export interface ExecOptions {
  /** Besides PATH, HOME, TERM, NO_COLOR and AWS_EC2_METADATA_DISABLED. */
  readonly env?: Readonly<Record<string, string>>
  /** Gets the output as it comes; it is in the outcome as well. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void
}

/** Everything that a guest is made of, so that no test has to wait for it. */
export async function provideGuest(arch: Architecture): Promise<GuestParts> {
  const [qemu, linux, root] = await Promise.all([emulator(arch), kernel(arch), guestRoot(arch, REPOSITORY)])
  return { qemu, linux, root, initrd: await initialFiles(arch, linux, root.busybox) }
}

/** The files that the guests of every architecture are made of. */
export async function guests(): Promise<readonly string[]> {
  const files: string[] = []
  for (const arch of ARCHITECTURES) {
    const parts = await provideGuest(arch)
    const { qemu, linux, root, initrd } = parts
    files.push(qemu.command[0]!, linux.image, linux.ena, ...root.layers, initrd)
  }
  return files
}

interface GuestParts {
  readonly qemu: Awaited<ReturnType<typeof emulator>>
  readonly linux: Awaited<ReturnType<typeof kernel>>
  readonly root: Awaited<ReturnType<typeof guestRoot>>
  /** The path of the initial file system. */
  readonly initrd: string
}

/** Boots a guest: about 10 s on x64, 6 s on arm64. The first one of a machine waits for downloads. */
export async function guest({
  arch = hostArchitecture(),
  nics = 1,
  driver = '2.17',
  reachesHost = false,
}: GuestOptions = {}): Promise<Guest> {
  const parts = await provideGuest(arch)
  const { qemu, linux, root, initrd } = parts
  const shares = [...root.layers.map((path, i) => ({ tag: `root${i}`, path })), { tag: 'repository', path: REPOSITORY }]
  const machine = startMachine(
    [
      qemu.command,
      // One thread for both processors: with two, QEMU before 8.1 goes on running machine code that another processor has
      // overwritten, as JITs do (lore.kernel.org, 20230706170537.95959-1-richard.henderson@linaro.org).
      ['-nodefaults', '-no-reboot', '-display', 'none', '-accel', 'tcg,thread=single', '-m', '1536', '-smp', '2'],
      ['-kernel', linux.image, '-initrd', initrd],
      ['-append', `console=${qemu.console} quiet panic=-1 random.trust_cpu=on random.trust_bootloader=on`],
      ['-device', 'virtio-rng-pci', '-device', 'virtio-net-pci,netdev=net,romfile='],
      ['-netdev', `user,id=net,restrict=${reachesHost ? 'off' : 'on'}`],
      ...shares.map(({ tag, path }) => ['-fsdev', `local,id=${tag},path=${path.replaceAll(',', ',,')},${READ_ONLY}`]),
      ...shares.map(({ tag }) => ['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`]),
    ].flat(),
    qemu.env,
  )
  try {
    const generations = typeof nics === 'number' ? Array.from({ length: nics }, () => driver) : nics
    await expectSuccess(machine, setUp({ layers: root.layers.length, repository: REPOSITORY, generations }))
    await setClock(machine)
  } catch (error) {
    await machine.kill()
    throw error
  }
  return guestOf(machine, linux.release, root.node)
}

const READ_ONLY = 'security_model=none,readonly=on,multidevs=remap'

function guestOf(machine: Machine, release: string, node: string): Guest {
  const path = [dirname(node), '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':')
  const standard = { PATH: path, HOME: '/root', TERM: 'dumb', NO_COLOR: '1', AWS_EC2_METADATA_DISABLED: 'true' }
  return {
    release,
    console: machine.console,
    exec: (command, { env = {}, onOutput } = {}) => {
      const variables = Object.entries({ ...standard, ...env }).map(([name, value]) => `${name}=${value}`)
      const inside = ['/bin/sh', '-c', 'cd "$0" && exec "$@"', REPOSITORY, ...command]
      return machine.request(
        quoted(['exec', 'chroot', '/mnt', '/usr/bin/env', '-i', ...variables, ...inside]),
        onOutput,
      )
    },
    ena: async (...commands) => {
      await expectSuccess(
        machine,
        commands.map((command) => `echo ${quoted([command])} >${CONTROL} || exit`).join('\n'),
      )
    },
    [Symbol.asyncDispose]: () => machine.kill(),
  }
}

/** The file that takes the driver's commands; it has the same path in the guest's `/`. */
const CONTROL = '/sys/kernel/debug/ena/control'

async function expectSuccess(machine: Machine, script: string): Promise<void> {
  const { status, stdout, stderr } = await machine.request(script)
  if (status !== 0) throw new Error(`the guest answered ${status} to\n${script}\n${stdout}${stderr}`)
}

/** To this machine's: the emulated clock tells whole seconds, or on arm64 none, as its driver isn't loaded. */
async function setClock(machine: Machine): Promise<void> {
  const toNextSecond = new AbortController()
  setTimeout(() => toNextSecond.abort(), 1000 - (Date.now() % 1000))
  await once(toNextSecond.signal, 'abort')
  await expectSuccess(machine, `date -s @${Math.floor(Date.now() / 1000)} >/dev/null`)
}
