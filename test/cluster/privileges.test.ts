import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { output } from '../command.ts'
import { orSkip } from '../not-here.ts'
import { clusterParts } from './cluster.ts'

beforeAll(clusterParts) // the first time, that takes longer than a test may

const program = `
  import { cluster } from ${JSON.stringify(join(import.meta.dirname, 'cluster.ts'))}
  console.log((await cluster()).notHere)
`
const command = [process.execPath, '--input-type=module', '-e', program]

test.for([
  ['anybody but root', ['--reuid=65534', '--clear-groups'], /only root can make its namespaces/],
  ['root without CAP_SYS_ADMIN', ['--inh-caps=-sys_admin', '--bounding-set=-sys_admin'], /not permitted|EPERM|EACCES/],
  ['root without CAP_NET_ADMIN', ['--inh-caps=-net_admin', '--bounding-set=-net_admin'], /not permitted/],
] as const)('a cluster is not to be had by %s, and the reason is given', async ([, rights, reason], { skip }) => {
  orSkip(await clusterParts(), skip)
  expect(await output(['setpriv', ...rights, '--', ...command])).toMatch(reason)
})
