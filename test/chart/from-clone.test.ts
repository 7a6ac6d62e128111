// README's steps "In a cluster", from a clone to numbers in the workspace. On the way: a registry, both architectures, a pull by the node.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { output } from '../harness/command.ts'
import { passage } from '../harness/passage.ts'
import { imageRegistry } from '../image/image-registry.ts'
import { registry } from '../tools/registry.ts'
import { valuesFile } from './chart.ts'
import { arrives, type Bench, installationBench, values } from './installation.ts'

const root = join(import.meta.dirname, '..', '..')

let bench: Bench | undefined
beforeAll(registry) // the first time, that takes longer than a test may
beforeAll(async () => {
  bench = await installationBench()
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

const ECR = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'

/** The indented block of README that begins with `start`, without its indentation. */
function block(start: string): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const found = readme.split('\n\n').find((paragraph) => paragraph.trimStart().startsWith(start))
  if (found === undefined) throw new Error(`README.md has no block that begins with ${start}`)
  return found.replaceAll(/^ {7}/gm, '')
}

test('README’s steps lead from a clone to numbers in the workspace', { timeout: 600_000 }, async () => {
  const here = bench!
  using stack = new DisposableStack()
  const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'ena-otel-clone-')), (path) =>
    rmSync(path, { recursive: true }),
  )
  await using images = await imageRegistry({})
  await using door = await passage((command) => here.cluster.command(command), `http://${images.ready}`)
  const begin = performance.now()
  const took: string[] = []
  const step = async (name: string, command: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> => {
    const start = performance.now()
    const text = await output(command, {
      cwd: join(folder, name === 'clone' ? '' : 'clone'),
      env: env ?? process.env,
    })
    took.push(`${name} ${((performance.now() - start) / 1000).toFixed(0)} s`)
    return text
  }
  await step('clone', ['git', 'clone', '--quiet', root, 'clone'])
  const home = join(folder, 'home')
  mkdirSync(home)
  const [, ...push] = block('npx pnpm@12 image').trim().replace(ECR, images.ready).split(' ')
  const pushed = await step('build and push', ['npx', '--yes', ...push], newMachine(home))
  expect(pushed).toMatch(/pushed 127\.0\.0\.1:\d+\/ena-otel:\S+@sha256:[0-9a-f]{64}/)

  const file = join(folder, 'clone', 'values.yaml')
  writeFileSync(file, block('# values.yaml').replace(ECR, new URL(door.endpoint).host))
  // What this machine has in place of AWS: the workspace's address and keys, the collector's image, a NIC of another driver.
  const { amp, agent, collector } = values(here, 'blue', {}, { image: {} })
  using machine = valuesFile({ amp: { ...amp, workspaceId: '', otherCredentials: false }, agent, collector })
  const helm = async (name: string, command: string): Promise<string> => {
    const [, ...args] = command.split(' ')
    const its = name === 'install' ? ['--values', machine.path] : []
    return step(name, here.cluster.command([here.helm, '--kubeconfig', here.cluster.kubeconfig, ...args, ...its]))
  }
  const [install = '', tested = ''] = block('helm install').trim().split('\n')
  await helm('install', install)
  expect(await helm('test', tested)).toMatch(/the collector got [1-9]\d* points from agents/)
  expect(await arrives(here, 'blue')).toMatchObject({ k8s_node_name: here.cluster.nodeName })
  const all = ((performance.now() - begin) / 60_000).toFixed(1)
  process.stdout.write(`from a clone to numbers in the workspace: ${all} min (${took.join(', ')})\n`)
})

/** A home without packages and tools, and nothing of the pnpm and the Node that run this test. */
function newMachine(home: string): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^(npm_|pnpm_|NODE_|XDG_|ENA_OTEL_|CI$)/i.test(name))
  const path = process.env['PATH']?.split(':').filter((part) => !part.includes('node_modules'))
  return {
    ...Object.fromEntries(others),
    PATH: path?.join(':'),
    HOME: home,
    npm_config_userconfig: join(homedir(), '.npmrc'), // which may name the registry of this machine
  }
}
