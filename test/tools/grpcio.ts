// grpcio and the official protos of OpenTelemetry, for the machine's own Python. https://pypi.org/project/opentelemetry-proto/
import { output } from '../harness/command.ts'
import { NotHere } from '../harness/not-here.ts'
import { cached } from './cache.ts'
import { download } from './download.ts'
import { onPath } from './on-path.ts'

const PACKAGES = ['grpcio==1.85.1', 'opentelemetry-proto==1.45.2']

/** The path of the Python, and of the folder that its PYTHONPATH has to name. */
export async function grpcio(): Promise<Readonly<Record<'python' | 'packages', string>>> {
  const found = onPath('python3')
  if (found === undefined) throw new NotHere('grpcio', 'python3 is not installed')
  // The program itself: what is in PATH may be a script that needs the user's HOME.
  const asked = await output([found, '-c', 'import sys; print(sys.executable, "%d.%d" % sys.version_info[:2])'])
  const [python = '', version = ''] = asked.trim().split(' ')
  const name = `${PACKAGES.join('-').replaceAll('==', '-')}-python${version}-${process.arch}`
  const packages = await cached(name, async (unfinished) => {
    const options = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--only-binary', ':all:']
    const install = [python, '-m', 'pip', 'install', ...options, '--target', unfinished, ...PACKAGES]
    await download('grpcio', () => output(install))
  })
  return { python, packages }
}
