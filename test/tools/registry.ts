// The registry of the CNCF's distribution project, to which images are pushed in tests.
import { goPrograms } from './go-module.ts'

/** The path of `registry`. */
export async function registry(): Promise<string> {
  const programs = await goPrograms({
    module: 'registry',
    name: 'registry',
    versionOf: 'github.com/distribution/distribution/v3',
    packages: { registry: 'github.com/distribution/distribution/v3/cmd/registry' },
  })
  return programs.registry
}
