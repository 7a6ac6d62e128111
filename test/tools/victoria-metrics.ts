// VictoriaMetrics as a single program. 1.151.0 is the newest that Go 1.26 builds.
import { goPrograms } from './go-module.ts'

/** The path of `victoria-metrics`. */
export async function victoriaMetrics(): Promise<string> {
  const programs = await goPrograms({
    module: 'victoria-metrics',
    name: 'victoria-metrics',
    versionOf: 'github.com/VictoriaMetrics/VictoriaMetrics',
    packages: { 'victoria-metrics': 'github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics' },
    linkerFlags: ['-X github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version=victoria-metrics-v1.151.0'],
  })
  return programs['victoria-metrics']
}
