// Alertmanager and amtool. 0.31.1 is the newest whose module holds all that it builds from: the later ones embed a UI
// that theirs lack.
import { goPrograms } from './go-module.ts'

/** Their paths. */
export async function alertmanager(): Promise<Readonly<Record<'alertmanager' | 'amtool', string>>> {
  return goPrograms({
    module: 'alertmanager',
    name: 'alertmanager',
    versionOf: 'github.com/prometheus/alertmanager',
    packages: {
      alertmanager: 'github.com/prometheus/alertmanager/cmd/alertmanager',
      amtool: 'github.com/prometheus/alertmanager/cmd/amtool',
    },
    linkerFlags: ['-X github.com/prometheus/common/version.Version=0.31.1'],
  })
}
