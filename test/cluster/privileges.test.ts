import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { output } from '../harness/command.ts'
import { clusterParts } from './cluster.ts'

beforeAll(clusterParts) // the first time, that takes longer than a test may

const program = `
  import { cluster } from ${JSON.stringify(join(import.meta.dirname, 'cluster.ts'))}
  await cluster().catch((error) => console.log(error.message))
`
const command = [process.execPath, '--input-type=module', '-e', program]

test.for([
  ['anybody but root', ['--reuid=65534', '--clear-groups'], /only root can make its namespaces/],
  ['root without CAP_SYS_ADMIN', ['--inh-caps=-sys_admin', '--bounding-set=-sys_admin'], /not permitted|EPERM|EACCES/],
  ['root without CAP_NET_ADMIN', ['--inh-caps=-net_admin', '--bounding-set=-net_admin'], /not permitted/],
] as const)('gives %s the reason why no cluster can be made', async ([, rights, reason]) => {
  await clusterParts()
  expect(await output(['setpriv', ...rights, '--', ...command])).toMatch(reason)
})
