// moto's server, a stand-in for AWS's APIs, and boto3, which has AWS's own model of them; for the machine's Python. Of moto's
// dependencies only those that `amp` needs: its extra `server` has 200 MB more. https://docs.getmoto.org/
import { output } from '../harness/command.ts'
import { NotHere } from '../harness/not-here.ts'
import { cached } from './cache.ts'
import { download } from './download.ts'
import { onPath } from './on-path.ts'

const PACKAGES = ['moto==5.2.5', 'boto3==1.44.8', 'flask==3.1.3', 'flask-cors==6.0.5'] as const

/** The path of the Python, and of the folder that its PYTHONPATH has to name. */
export async function moto(): Promise<Readonly<Record<'python' | 'packages', string>>> {
  const found = onPath('python3')
  if (found === undefined) throw new NotHere('moto', 'python3 is not installed')
  // The program itself: what is in PATH may be a script that needs the user's HOME.
  const asked = await output([found, '-c', 'import sys; print(sys.executable, "%d.%d" % sys.version_info[:2])'])
  const [python = '', version = ''] = asked.trim().split(' ')
  const packages = await cached(`moto-5.2.5-python${version}-${process.arch}`, async (unfinished) => {
    const options = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--only-binary', ':all:']
    const install = [python, '-m', 'pip', 'install', ...options, '--target', unfinished, ...PACKAGES]
    await download('moto', () => output(install))
  })
  return { python, packages }
}
