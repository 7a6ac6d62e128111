// podman with runc, Debian's, unpacked and not installed; and QEMU's emulators of single programs.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { output } from '../harness/command.ts'
import { NotHere } from '../harness/not-here.ts'
import { RELEASE } from '../kernel/kernel.ts'
import type { Architecture } from './architecture.ts'
import { debianTree, treeEnvironment } from './debian.ts'

export interface Podman extends AsyncDisposable {
  /** The command that runs `podman` with these arguments, with `env`. */
  readonly command: (...args: readonly string[]) => readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** What that command prints. @throws Error with all it printed, when it fails */
  readonly output: (...args: readonly string[]) => Promise<string>
  /** The argument that loading and pulling need: no image is signed. */
  readonly anySignature: string
}

/** Fetches the programs. */
export function containerPrograms(): Promise<string> {
  return debianTree({ name: 'podman', release: RELEASE, sets: [{ packages: [...programs, ...libraries] }] })
}

const programs = ['podman', 'conmon', 'runc', 'qemu-user-static']

/** Those that a minimal Debian lacks. */
const libraries = [
  'libgpgme11',
  'libassuan0',
  'libgpg-error0',
  'libsubid4',
  'libseccomp2',
  'libdevmapper1.02.1',
  'libudev1',
  'libyajl2',
  'libglib2.0-0',
  'libsystemd0',
]

/** podman with storage of its own, which is removed with it. @throws NotHere when this process isn't root's */
export async function podman(): Promise<Podman> {
  if (process.getuid?.() !== 0) throw new NotHere('podman', 'without root it needs settings of the machine')
  const tree = await containerPrograms()
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-podman-'))
  // podman refuses a longer path than 50 characters here, and the temporary folder of a run of all tests has one.
  const runroot = mkdtempSync(`/dev/shm/ena-otel-${process.pid}-`)
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  for (const name of ['root', 'tmp']) mkdirSync(join(folder, name))
  const env = {
    ...treeEnvironment(tree),
    HOME: folder,
    CONTAINERS_CONF: file('containers.conf', configuration(tree)),
    CONTAINERS_REGISTRIES_CONF: file('registries.conf', ''),
  }
  const policy = file('policy.json', JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }))
  const places = ['--root', join(folder, 'root'), '--runroot', runroot, '--tmpdir', join(folder, 'tmp')]
  const command = (...args: readonly string[]): readonly string[] => [
    join(tree, 'usr', 'bin', 'podman'),
    ...places,
    '--storage-driver',
    'vfs', // it leaves no mount
    ...args,
  ]
  return {
    command,
    env,
    output: (...args) => output(command(...args), { env }),
    anySignature: `--signature-policy=${policy}`,
    [Symbol.asyncDispose]: async () => {
      await output(command('rm', '--all', '--force', '--time', '0'), { env })
      for (const path of [folder, runroot]) rmSync(path, { recursive: true })
    },
  }
}

function configuration(tree: string): string {
  return `[engine]
conmon_path = ["${tree}/usr/bin/conmon"]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
[engine.runtimes]
runc = ["${tree}/usr/sbin/runc"]
[containers]
log_driver = "k8s-file"
`
}

/** The path of the emulator that runs programs of an architecture. */
export async function userEmulator(architecture: Architecture): Promise<string> {
  const name = { x64: 'qemu-x86_64-static', arm64: 'qemu-aarch64-static' }[architecture]
  return join(await containerPrograms(), 'usr', 'bin', name)
}
