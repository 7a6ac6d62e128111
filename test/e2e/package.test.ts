// The packages as users get them: packed, then installed outside this workspace. @ena-otel/ethtool in a TypeScript project, which is
// compiled and run; @ena-otel/agent as a program.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { output, run } from '../harness/command.ts'
import { installed, type Package, packed, strangerEnvironment as env } from './packed.ts'

const root = join(import.meta.dirname, '..', '..')
const PACKAGES = ['ethtool', 'metrics', 'agent'] as const
/** The packages that are imported: the agent is a program. */
const LIBRARIES = ['ethtool', 'metrics'] as const
const source = (name: Package): string => join(root, 'packages', name)
const program = (name: string): string => join(root, 'node_modules', '.bin', name)

const work = mkdtempSync(join(tmpdir(), 'ena-otel-package-'))
const tarball = (name: Package): string => join(work, `${name}.tgz`)
afterAll(() => rmSync(work, { recursive: true }))

beforeAll(async () => {
  for (const name of PACKAGES) await packed(name, work)
})

test.each(LIBRARIES)(
  'the package %s holds its modules, the types that its exports need, and nothing else',
  async (name) => {
    const files = await filesOf(name)
    const dist = files.filter((file) => file.startsWith('dist/'))
    expect(dist.filter((file) => !/\.(js|d\.ts)$/.test(file) || file.includes('stale'))).toEqual([])
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'dist/index.d.ts', 'dist/index.js', 'package.json']))
    expect(
      files.filter((file) => !file.startsWith('dist/') && !/^(LICENSE|README\.md|package\.json)$/.test(file)),
    ).toEqual([])
    // Each file but the exported ones is imported by another one.
    const folder = join(work, `unpacked-${name}`)
    mkdirSync(folder)
    await output(['tar', '-xzf', tarball(name), '-C', folder])
    const imported = dist.flatMap((file) => importsOf(join(folder, 'package'), file))
    const exported = Object.values(manifest(name).exports).flatMap((module) => [
      module,
      module.replace(/\.js$/, '.d.ts'),
    ])
    const reached = new Set([...imported, ...exported.map((path) => path.replace(/^\.\//, ''))])
    expect(dist.filter((file) => !reached.has(file))).toEqual([])
  },
)

function importsOf(folder: string, file: string): readonly string[] {
  const text = readFileSync(join(folder, file), 'utf8')
  return [...text.matchAll(/(?:from |import |import\()['"](\.[^'"]+)['"]/g)].map(([, path = '']) => {
    const target = join(dirname(file), path)
    return file.endsWith('.d.ts') ? target.replace(/\.[jt]s$/, '.d.ts') : target
  })
}

/** The exports as they are published. */
function manifest(name: Package): { readonly exports: Readonly<Record<string, string>> } {
  const { publishConfig } = JSON.parse(readFileSync(join(source(name), 'package.json'), 'utf8'))
  return { exports: typeof publishConfig.exports === 'string' ? { '.': publishConfig.exports } : publishConfig.exports }
}

test('the package agent holds one bundle, the licences of what is in it, a README and a licence', async () => {
  const bundle = ['dist/ena-otel.cjs', 'dist/licenses.txt']
  expect(await filesOf('agent')).toEqual([...bundle, 'LICENSE', 'README.md', 'package.json'].toSorted())
})

test.each(PACKAGES)('the package %s says where it comes from', (name) => {
  const { homepage, bugs, keywords, repository } = JSON.parse(
    readFileSync(join(source(name), 'package.json'), 'utf8'),
  ) as Readonly<Record<string, unknown>>
  expect({ homepage, bugs, keywords, repository }).toEqual({
    homepage: expect.stringContaining(`/packages/${name}`),
    bugs: { url: expect.stringMatching(/\/issues$/) },
    keywords: expect.arrayContaining(['ena']),
    repository: { type: 'git', url: expect.stringMatching(/^git\+https:/), directory: `packages/${name}` },
  })
})

test.each(PACKAGES)('npm refuses to pack %s with one sentence', async (name) => {
  const { status, stderr } = await run(['npm', 'pack', '--dry-run'], { cwd: source(name) })
  expect(status).not.toBe(0)
  expect(stderr).toContain('Use pnpm to pack or publish this package: npm does not apply publishConfig.exports.')
})

test('on an old Node the agent prints one sentence', async ({ skip }) => {
  const old = await oldNode()
  if (old === undefined) return skip('there is no Node older than 22.15 on the PATH')
  const folder = join(work, 'old-node')
  mkdirSync(folder)
  await output(['tar', '-xzf', tarball('agent'), '-C', folder])
  expect(await run([old.path, join(folder, 'package/dist/ena-otel.cjs'), 'top'])).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `ena-otel needs Node 22.15 or newer, and this is Node ${old.version}.\n`,
  })
})

async function oldNode(): Promise<{ readonly path: string; readonly version: string } | undefined> {
  for (const folder of (env['PATH'] ?? '').split(':')) {
    const path = join(folder, 'node')
    if (!existsSync(path)) continue
    const version = (await output([path, '--version'])).trim().replace('v', '')
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major < 22 || (major === 22 && minor < 15)) return { path, version }
  }
  return undefined
}

async function filesOf(name: Package): Promise<readonly string[]> {
  const list = await output(['tar', '-tzf', tarball(name)])
  return list
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
    .toSorted()
}

test.each(PACKAGES)('publint finds no problem in the package %s', async (name) => {
  const { status, stdout } = await run([program('publint'), 'run', tarball(name), '--strict'], { cwd: work })
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('All good!') })
})

test.each(LIBRARIES)('the types of the package %s are right for every way to import it', async (name) => {
  const { status, stdout } = await run([program('attw'), tarball(name), '--profile', 'esm-only'], { cwd: work })
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.any(String) })
})

test("the agent, installed into an empty folder with nothing but koffi and RE2, reads this machine's interfaces", async () => {
  const folder = join(work, 'installed')
  mkdirSync(folder)
  writeJson(folder, {
    'package.json': { private: true, dependencies: { '@ena-otel/agent': `file:${tarball('agent')}` } },
    'pnpm-workspace.yaml': { allowBuilds: { koffi: false } }, // it ships its binary: no build is needed
  })
  await installed(folder)
  const names = readdirSync(join(folder, 'node_modules/.pnpm')).map((name) => name.replace(/@[^@]*$/, ''))
  expect(names.filter((name) => name !== 'node_modules' && !name.startsWith('@koromix')).toSorted()).toEqual(
    ['@ena-otel+agent', 'koffi', 'lock.yaml', 're2js'].toSorted(),
  )
  const ran = await run([join(folder, 'node_modules/.bin/ena-otel'), 'once', '--format', 'json', '--include', 'lo'], {
    cwd: folder,
    env: { ...env, AWS_EC2_METADATA_DISABLED: 'true', PATH: `${dirname(process.execPath)}:${env['PATH']}` },
  })
  if (process.platform !== 'linux') return expect(ran.stderr).toContain('Linux')
  expect([ran.status, ran.stderr]).toEqual([0, ''])
  const { metrics } = JSON.parse(ran.stdout) as { readonly metrics: readonly { readonly name: string }[] }
  return expect(metrics.map(({ name }) => name)).toContain('system.network.io')
}, 300_000)

test("a TypeScript project of its own installs the package, compiles against it and reads this machine's drivers", async ({
  skip,
}) => {
  const project = writeProject()
  await installed(project)
  await output([program('tsc'), '-p', '.'], { cwd: project, env })
  if (process.platform !== 'linux') {
    const { stderr } = await run([process.execPath, 'dist/main.js', 'lo'], { cwd: project, env })
    return expect(stderr).toContain('Linux')
  }
  const drivers = Object.fromEntries(driversInSysfs())
  if (Object.keys(drivers).length === 0) skip('this machine has no interface with a driver')
  const printed = await output([process.execPath, 'dist/main.js', ...Object.keys(drivers)], { cwd: project, env })
  return expect(JSON.parse(printed)).toEqual(drivers)
}, 300_000)

function writeProject(): string {
  const project = join(work, 'project')
  mkdirSync(join(project, 'src'), { recursive: true })
  writeJson(project, {
    'package.json': {
      name: 'somebody-elses-project',
      private: true,
      type: 'module',
      dependencies: { '@ena-otel/ethtool': `file:${tarball('ethtool')}` },
      devDependencies: { '@types/node': versionHere('@types/node') },
    },
    'pnpm-workspace.yaml': { allowBuilds: { koffi: false } }, // it ships its binary: no build is needed
    'tsconfig.json': {
      compilerOptions: {
        module: 'nodenext',
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable'],
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        rootDir: 'src',
        outDir: 'dist',
      },
      include: ['src'],
    },
  })
  writeFileSync(join(project, 'src', 'main.ts'), mainProgram)
  return project
}

function writeJson(folder: string, files: Readonly<Record<string, unknown>>): void {
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), JSON.stringify(content))
}

/** The version of a development dependency in this workspace: the registry need not be asked for it. */
function versionHere(name: string): string {
  return JSON.parse(readFileSync(join(source('ethtool'), 'node_modules', name, 'package.json'), 'utf8')).version
}

const mainProgram = `
import { EthtoolError, openEthtool, type DriverInfo } from '@ena-otel/ethtool'

using ethtool = openEthtool()
const drivers: Record<string, string> = {}
for (const name of process.argv.slice(2)) {
  const info: DriverInfo = ethtool.driverInfo(name)
  const values: ReadonlyMap<string, bigint> | undefined = ethtool.statistics(name)
  if (values?.size !== ethtool.statisticNames(name)?.length) throw new Error('names and values differ in number')
  drivers[name] = info.driver
}
try {
  ethtool.driverInfo('no-such-nic')
} catch (error) {
  if (!(error instanceof EthtoolError) || error.code !== 'ENODEV') throw error
}
console.log(JSON.stringify(drivers))
`

function driversInSysfs(): readonly (readonly [string, string])[] {
  const sysfs = '/sys/class/net'
  return readdirSync(sysfs).flatMap((name) => {
    const link = join(sysfs, name, 'device', 'driver')
    return existsSync(link) ? [[name, basename(readlinkSync(link))] as const] : []
  })
}
