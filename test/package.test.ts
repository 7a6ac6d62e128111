// Both packages as anybody gets them: packed, installed where there is no workspace. @ena-otel/ethtool into a TypeScript project,
// compiled and run there; @ena-otel/agent as a program.
import {
  existsSync,
  globSync,
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
import { output, run } from './command.ts'

const root = join(import.meta.dirname, '..')
const PACKAGES = ['ethtool', 'agent'] as const
type Package = (typeof PACKAGES)[number]
const source = (name: Package): string => join(root, 'packages', name)
const program = (name: string): string => join(root, 'node_modules', '.bin', name)
const pnpm = pnpmCommand()

// The launchers in node_modules/.bin point NODE_PATH at this workspace, where a stranger has nothing.
const { NODE_PATH: _, ...env } = process.env

const work = mkdtempSync(join(tmpdir(), 'ena-otel-package-'))
const tarball = (name: Package): string => join(work, `${name}.tgz`)
afterAll(() => rmSync(work, { recursive: true }))

beforeAll(async () => {
  for (const name of PACKAGES) {
    // What an earlier state of src left in dist isn't packed, and what is missing there is built.
    rmSync(join(source(name), 'dist'), { recursive: true, force: true })
    mkdirSync(join(source(name), 'dist'))
    writeFileSync(join(source(name), 'dist', 'stale.js'), '')
    await output([...pnpm, 'pack', '--out', tarball(name)], { cwd: source(name) })
  }
})

test('the package ethtool holds the built modules, their types, a README and a licence, and nothing else', async () => {
  const built = modules('ethtool').flatMap((module) => [`dist/${module}.js`, `dist/${module}.d.ts`])
  expect(await filesOf('ethtool')).toEqual([...built, 'LICENSE', 'README.md', 'package.json'].toSorted())
})

test('the package agent holds one bundle, the licences of what is in it, the tables of metrics, types, a README and a licence', async () => {
  const types = modules('agent').map((module) => `dist/${module}.d.ts`)
  const tables = ['dist/metrics/table.js', 'dist/own-metrics.js']
  const bundle = ['dist/ena-otel.cjs', 'dist/licenses.txt']
  expect(await filesOf('agent')).toEqual(
    [...types, ...tables, ...bundle, 'LICENSE', 'README.md', 'package.json'].toSorted(),
  )
})

/** The modules of a package's sources, without their endings. */
function modules(name: Package): readonly string[] {
  return globSync('**/*.ts', { cwd: join(source(name), 'src') }).map((file) => file.replace(/\.ts$/, ''))
}

async function filesOf(name: Package): Promise<readonly string[]> {
  const list = await output(['tar', '-tzf', tarball(name)])
  return list
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
    .toSorted()
}

test.each(PACKAGES)('publint finds nothing to say about the package %s', async (name) => {
  const { status, stdout } = await run([program('publint'), 'run', tarball(name), '--strict'], { cwd: work })
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('All good!') })
})

test.each(PACKAGES)('the types of the package %s are right for every way to import it', async (name) => {
  const { status, stdout } = await run([program('attw'), tarball(name), '--profile', 'esm-only'], { cwd: work })
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.any(String) })
})

test("the agent, installed into an empty folder with nothing but koffi, reads this machine's interfaces; its tables can be imported", async () => {
  const folder = join(work, 'installed')
  mkdirSync(folder)
  writeJson(folder, {
    'package.json': { private: true, dependencies: { '@ena-otel/agent': `file:${tarball('agent')}` } },
    'pnpm-workspace.yaml': { allowBuilds: { koffi: false } }, // it ships its binary: no build is needed
  })
  await output([...pnpm, 'install', '--prefer-offline'], { cwd: folder, env })
  const installed = readdirSync(join(folder, 'node_modules/.pnpm')).map((name) => name.replace(/@[^@]*$/, ''))
  expect(installed.filter((name) => name !== 'node_modules' && !name.startsWith('@koromix')).toSorted()).toEqual(
    ['@ena-otel+agent', 'koffi', 'lock.yaml'].toSorted(),
  )
  const ran = await run([join(folder, 'node_modules/.bin/ena-otel'), 'once', '--format', 'json', '--include', 'lo'], {
    cwd: folder,
    env: { ...env, AWS_EC2_METADATA_DISABLED: 'true', PATH: `${dirname(process.execPath)}:${env['PATH']}` },
  })
  if (process.platform !== 'linux') return expect(ran.stderr).toContain('Linux')
  expect([ran.status, ran.stderr]).toEqual([0, ''])
  const { metrics } = JSON.parse(ran.stdout) as { readonly metrics: readonly { readonly name: string }[] }
  const program = `
    import { METRICS } from '@ena-otel/metrics/table'
    import '@ena-otel/agent/own-metrics'
    console.log(JSON.stringify(Object.values(METRICS).map(({ name }) => name)))`
  const tables = await output([process.execPath, '--input-type=module', '-e', program], { cwd: folder, env })
  return expect(JSON.parse(tables)).toEqual(expect.arrayContaining(metrics.map(({ name }) => name)))
}, 300_000)

test("a TypeScript project of its own installs the package, compiles against it and reads this machine's drivers", async ({
  skip,
}) => {
  const project = writeProject()
  await output([...pnpm, 'install', '--prefer-offline'], { cwd: project, env })
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

/** The pnpm that runs this script, else the one that npx has or fetches. */
function pnpmCommand(): readonly string[] {
  const running = process.env['npm_execpath'] ?? ''
  return basename(running).startsWith('pnpm') ? [running] : ['npx', '--yes', 'pnpm@12']
}

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
