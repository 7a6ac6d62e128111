import { readFileSync, statSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import { output } from '../harness/command.ts'
import { NODE_FLAGS } from '../../image/agent-files.ts'
import { agentImage } from './agent-image.ts'

beforeAll(agentImage) // the first time, that takes longer than a test may

test('runs the agent as nobody, with a title and a version', async () => {
  const { archive } = await agentImage()
  const [manifest] = JSON.parse(await output(['tar', '-xOf', archive, 'manifest.json']))
  const { config, os } = JSON.parse(await output(['tar', '-xOf', archive, manifest.Config]))
  const { version } = JSON.parse(readFileSync('packages/agent/package.json', 'utf8'))
  expect({ os, ...config, tags: manifest.RepoTags, layers: manifest.Layers.length }).toMatchObject({
    os: 'linux',
    User: '65534:65534',
    Entrypoint: ['/usr/bin/node', ...NODE_FLAGS, '/opt/ena-otel/ena-otel.cjs', 'run'],
    Env: ['PATH=/usr/bin'],
    Labels: {
      'org.opencontainers.image.title': 'ena-otel',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.source': 'https://github.com/ena-otel/ena-otel',
    },
    tags: ['localhost/ena-otel:test'],
    layers: 2,
  })
})

test('contains Node, its libraries and the agent, and nothing else', async () => {
  const { archive } = await agentImage()
  const [{ Layers: layers }] = JSON.parse(await output(['tar', '-xOf', archive, 'manifest.json']))
  const lists = layers.map((layer: string) => output(['sh', '-c', 'tar -xOf "$0" "$1" | tar -t', archive, layer]))
  const list = (await Promise.all<string>(lists)).flatMap((text) => text.split('\n'))
  const files = list.filter((path) => path !== '' && !path.endsWith('/'))
  const isLibrary = (path: string): boolean => /^lib(64)?\/\S+\.so[.\d]*$/.test(path)
  expect(files.filter((path) => !isLibrary(path)).toSorted()).toEqual([
    'opt/ena-otel/ena-otel.cjs',
    'opt/ena-otel/licenses.txt',
    'opt/ena-otel/node_modules/koffi.node',
    'opt/ena-otel/node_modules/re2js.js',
    'usr/bin/node',
    'usr/share/doc/libatomic1/copyright',
    'usr/share/doc/libc6/copyright',
    'usr/share/doc/libgcc-s1/copyright',
    'usr/share/doc/libstdc++6/copyright',
    'usr/share/doc/node/copyright',
  ])
  const megabytes = statSync(archive).size / 1e6
  process.stdout.write(`the agent's image: ${megabytes.toFixed(0)} MB, ${files.length} files\n`)
  expect(megabytes).toBeLessThan(130)
})
