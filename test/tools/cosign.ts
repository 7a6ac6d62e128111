// cosign, which signs and verifies what registries have. The version is that of the action in release.yml.
import { goPrograms } from './go-module.ts'

/** Its path. Built without the plug-ins for keys in clouds. */
export async function cosign(): Promise<string> {
  const programs = await goPrograms({
    module: 'cosign',
    name: 'cosign',
    versionOf: 'github.com/sigstore/cosign/v3',
    packages: { cosign: '.' },
  })
  return programs.cosign
}
