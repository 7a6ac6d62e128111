// @ena-otel/ethtool as anybody gets it: packed, installed into a TypeScript project that is not this workspace, compiled
// and run there.
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
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { output, run } from './command.ts'

const root = join(import.meta.dirname, '..')
const source = join(root, 'packages', 'ethtool')
const program = (name: string): string => join(root, 'node_modules', '.bin', name)
const pnpm = pnpmCommand()

// The launchers in node_modules/.bin point NODE_PATH at this workspace, where a stranger has nothing.
const { NODE_PATH: _, ...env } = process.env

const work = mkdtempSync(join(tmpdir(), 'ena-otel-package-'))
const project = join(work, 'project')
let tarball = ''
afterAll(() => rmSync(work, { recursive: true }))

beforeAll(async () => {
  rmSync(join(source, 'dist'), { recursive: true, force: true }) // what an earlier state of src left there isn't packed
  await output([program('tsc'), '-b', '--force', 'packages/ethtool'], { cwd: root })
  await output([...pnpm, 'pack', '--pack-destination', work], { cwd: source })
  tarball = join(work, readdirSync(work).find((name) => name.endsWith('.tgz')) ?? 'nothing.tgz')
})

test('the package holds the built modules, their types, a README and a licence, and nothing else', async () => {
  const list = await output(['tar', '-tzf', tarball])
  const modules = globSync('**/*.ts', { cwd: join(source, 'src') }).map((file) => file.replace(/\.ts$/, ''))
  const built = modules.flatMap((module) => [`package/dist/${module}.js`, `package/dist/${module}.d.ts`])
  expect(list.trim().split('\n').toSorted()).toEqual(
    [...built, 'package/LICENSE', 'package/README.md', 'package/package.json'].toSorted(),
  )
})

test('publint finds nothing to say about the package', async () => {
  const { status, stdout } = await run([program('publint'), 'run', tarball, '--strict'], { cwd: work })
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('All good!') })
})

test("the package's types are right for every way to import it", async () => {
  const { status, stdout } = await run([program('attw'), tarball, '--profile', 'esm-only'], { cwd: work })
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.any(String) })
})

test("a TypeScript project of its own installs the package, compiles against it and reads this machine's drivers", async ({
  skip,
}) => {
  writeProject()
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

function writeProject(): void {
  const files = {
    'package.json': {
      name: 'somebody-elses-project',
      private: true,
      type: 'module',
      dependencies: { '@ena-otel/ethtool': `file:${tarball}` },
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
  }
  mkdirSync(join(project, 'src'), { recursive: true })
  for (const [file, content] of Object.entries(files)) writeFileSync(join(project, file), JSON.stringify(content))
  writeFileSync(join(project, 'src', 'main.ts'), mainProgram)
}

/** The version of a development dependency in this workspace: the registry need not be asked for it. */
function versionHere(name: string): string {
  return JSON.parse(readFileSync(join(source, 'node_modules', name, 'package.json'), 'utf8')).version
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
