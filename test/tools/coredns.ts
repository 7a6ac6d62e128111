// CoreDNS with the plugins of coredns/main.go.
import { goPrograms } from './go-module.ts'

/** The path of `coredns`. */
export async function coredns(): Promise<string> {
  const programs = await goPrograms({
    module: 'coredns',
    name: 'coredns',
    versionOf: 'github.com/coredns/coredns',
    packages: { coredns: '.' },
  })
  return programs.coredns
}
