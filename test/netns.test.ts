import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { output } from './command.ts'
import { networkNamespace } from './netns.ts'
import { orSkip } from './not-here.ts'

test('a network namespace has the pairs that were asked for, all of them up, in a /sys of its own', async ({
  skip,
}) => {
  await using inside = orSkip(await networkNamespace(3), skip)
  const names = await inside.exec(['ls', '/sys/class/net'])
  const states = await inside.exec(['sh', '-c', 'cat /sys/class/net/nic*/operstate /sys/class/net/peer*/operstate'])
  expect({ interfaces: inside.interfaces, names: names.stdout.split('\n'), states: states.stdout }).toEqual({
    interfaces: ['nic0', 'nic1', 'nic2'],
    names: ['lo', 'nic0', 'nic1', 'nic2', 'peer0', 'peer1', 'peer2', ''],
    states: 'up\n'.repeat(6),
  })
})

test('a network namespace is gone when it has been removed', async ({ skip }) => {
  const namespace = orSkip(await networkNamespace(1), skip)
  await namespace.remove()
  expect(await output(['ip', 'netns', 'list'])).not.toContain(namespace.name)
})

test('a network namespace that a dead process left behind is removed, and one of a living process is not', async ({
  skip,
}) => {
  await using living = orSkip(await networkNamespace(0), skip)
  const { pid } = spawnSync('true')
  const stale = `ena-otel-${pid}-1`
  await output(['ip', 'netns', 'add', stale])
  await using _ = orSkip(await networkNamespace(0), skip)
  const list = await output(['ip', 'netns', 'list'])
  expect({ living: list.includes(living.name), stale: list.includes(stale) }).toEqual({ living: true, stale: false })
})
