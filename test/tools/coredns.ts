// CoreDNS with the plugins of coredns/main.go.
import type { NotHere } from '../not-here.ts'
import { goPrograms } from './go-module.ts'

/** The path of `coredns`. */
export async function coredns(): Promise<string | NotHere> {
  const programs = await goPrograms({
    module: 'coredns',
    name: 'coredns',
    versionOf: 'github.com/coredns/coredns',
    packages: { coredns: '.' },
  })
  return 'notHere' in programs ? programs : programs.coredns
}
