import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { output } from './command.ts'
import { networkNamespace } from './netns.ts'

test('creates the requested veth pairs, all up, with a /sys of its own', async () => {
  await using inside = await networkNamespace(3)
  const names = await inside.exec(['ls', '/sys/class/net'])
  const states = await inside.exec(['sh', '-c', 'cat /sys/class/net/nic*/operstate /sys/class/net/peer*/operstate'])
  expect({ interfaces: inside.interfaces, names: names.stdout.split('\n'), states: states.stdout }).toEqual({
    interfaces: ['nic0', 'nic1', 'nic2'],
    names: ['lo', 'nic0', 'nic1', 'nic2', 'peer0', 'peer1', 'peer2', ''],
    states: 'up\n'.repeat(6),
  })
})

test('is gone after its removal', async () => {
  const namespace = await networkNamespace(1)
  await namespace.remove()
  expect(await output(['ip', 'netns', 'list'])).not.toContain(namespace.name)
})

test('removes the namespace of a dead process, and keeps that of a living one', async () => {
  await using living = await networkNamespace(0)
  const { pid } = spawnSync('true')
  const stale = `ena-otel-${pid}-1`
  await output(['ip', 'netns', 'add', stale])
  await using _ = await networkNamespace(0)
  const list = await output(['ip', 'netns', 'list'])
  expect({ living: list.includes(living.name), stale: list.includes(stale) }).toEqual({ living: true, stale: false })
})
