// `npx pnpm@12 dependencies`: known vulnerabilities of the npm packages in pnpm-lock.yaml, and their licences. Exits with 1 when a
// vulnerability is in SEVERE, a licence is not in ALLOWED, or the registry does not say.
import { run } from '../test/harness/command.ts'
import { pnpm } from '../test/e2e/packed.ts'
import { ROOT } from './repository.ts'

/** Licences, each with what it asks of us. */
const ALLOWED: Readonly<Record<string, string>> = {
  '0BSD': 'nothing',
  'Apache-2.0': 'its text and notices (packages/agent/dist/licenses.txt)',
  'BlueOak-1.0.0': 'its text',
  'BSD-2-Clause': 'its text',
  'BSD-3-Clause': 'its text',
  ISC: 'its text',
  MIT: 'its text',
  'MPL-2.0': 'the source of changed files: only tools of the development have it, unchanged',
}

/** Severities that must not wait. The others are reported, because most are in tools of the development. */
const SEVERE: ReadonlySet<string> = new Set(['high', 'critical'])

interface Advisory {
  readonly module_name: string
  readonly severity: string
  readonly title: string
  readonly url: string
  readonly vulnerable_versions: string
  readonly patched_versions: string | null
  readonly findings: readonly { readonly version: string; readonly dev: boolean }[]
}

interface Package {
  readonly name: string
  readonly versions: readonly string[]
}

export interface Report {
  readonly text: string
  readonly isClean: boolean
}

/** What the registry knows about vulnerabilities. Source: `pnpm audit`. @param registry its URL; that of the configuration by default */
export async function vulnerabilities(registry?: string): Promise<Report> {
  const args = registry === undefined ? [] : ['--registry', registry]
  const { stdout, stderr } = await run([...pnpm, 'audit', '--json', ...args], { cwd: ROOT })
  const answer = parsed(stdout) as Partial<Audit> | undefined
  if (answer?.advisories === undefined || answer.metadata === undefined) {
    const reason = `${stderr}${stdout}`.replaceAll(/[\s│×]+/g, ' ').trim()
    return { text: `Vulnerabilities: unknown, because the registry does not say: ${reason}`, isClean: false }
  }
  const found = Object.values(answer.advisories)
  const lines = found.map(
    ({ module_name, severity, title, url, patched_versions, findings }) =>
      `  ${severity}: ${module_name} ${findings.map(({ version }) => version).join(', ')}: ${title}, fixed in ${patched_versions ?? 'no version'}, ${url}`,
  )
  const count = `${found.length} known in ${answer.metadata.totalDependencies} packages`
  return {
    text: [`Vulnerabilities: ${count}`, ...lines].join('\n'),
    isClean: !found.some(({ severity }) => SEVERE.has(severity)),
  }
}

interface Audit {
  readonly advisories: Readonly<Record<string, Advisory>>
  readonly metadata: { readonly totalDependencies: number }
}

/** The licences of all installed packages. Source: `pnpm licenses`, from each package.json. */
export async function licenses(): Promise<Report> {
  const { stdout, stderr } = await run([...pnpm, 'licenses', 'list', '--recursive', '--json'], { cwd: ROOT })
  const byLicense = parsed(stdout) as Readonly<Record<string, readonly Package[]>> | undefined
  if (byLicense === undefined) throw new Error(`pnpm licenses printed no JSON: ${stdout}${stderr}`)
  return licenseReport(byLicense)
}

/** A line for each licence, and for one that is not allowed the packages that have it. */
export function licenseReport(byLicense: Readonly<Record<string, readonly Package[]>>): Report {
  const entries = Object.entries(byLicense).toSorted(([, a], [, b]) => b.length - a.length)
  const lines = entries.map(([license, packages]) => {
    const names = packages.map(({ name, versions }) => `${name} ${versions.join(', ')}`).join('; ')
    return `  ${license}: ${packages.length}${license in ALLOWED ? '' : `, NOT ALLOWED: ${names}`}`
  })
  return { text: ['Licences:', ...lines].join('\n'), isClean: entries.every(([license]) => license in ALLOWED) }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined // pnpm prints errors as text
    throw error
  }
}

if (import.meta.main) {
  const reports = [await vulnerabilities(), await licenses()]
  process.stdout.write(`${reports.map(({ text }) => text).join('\n')}\n`)
  process.exitCode = reports.every(({ isClean }) => isClean) ? 0 : 1
}
