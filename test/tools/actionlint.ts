// actionlint, which checks GitHub's workflow files.
import { goPrograms } from './go-module.ts'

/** Its path. */
export async function actionlint(): Promise<string> {
  const programs = await goPrograms({
    module: 'actionlint',
    name: 'actionlint',
    versionOf: 'github.com/rhysd/actionlint',
    packages: { actionlint: 'github.com/rhysd/actionlint/cmd/actionlint' },
  })
  return programs.actionlint
}
