// Provides the tools of the tests before they start, so that none of them waits for a download or a build:
//
//   node test/tools/provide.ts                  all of them
//   node test/tools/provide.ts kube helm        some
//   node test/tools/provide.ts --except guests  all but some
//
// telegraf isn't among them: only the benchmark wants it.
//
// Ends with 1 when one is not available here, and says which and why. Guests and podman may be missing where all are wanted.
import { NotHere } from '../harness/not-here.ts'
import { agentImage } from '../image/agent-image.ts'
import type { Image } from '../image/buildah.ts'
import { busybox } from '../image/busybox.ts'
import { guests } from '../kernel/guest.ts'
import { actionlint } from './actionlint.ts'
import { alertmanager } from './alertmanager.ts'
import { certManager } from './cert-manager.ts'
import { cosign } from './cosign.ts'
import { ethtool } from './ethtool.ts'
import { grpcio } from './grpcio.ts'
import { helm } from './helm.ts'
import { helm3 } from './helm3.ts'
import { kube } from './kube.ts'
import { kwok } from './kwok.ts'
import { moto } from './moto.ts'
import { nodeExporter } from './node-exporter.ts'
import { otelcol } from './otelcol.ts'
import { containerPrograms } from './podman.ts'
import { prometheusOperator } from './prometheus-operator.ts'
import { prometheus } from './prometheus.ts'
import { registry } from './registry.ts'
import { victoriaMetrics } from './victoria-metrics.ts'

/** Two rows that run side by side, because linking uses one processor. Programs of one module are in one row, to compile its packages once. */
const rows = [
  {
    kube,
    helm,
    helm3,
    kwok,
    moto,
    busybox,
    'agent-image': agentImage,
    'victoria-metrics': victoriaMetrics,
    grpcio,
    cosign,
    actionlint,
  },
  {
    guests,
    ethtool,
    otelcol,
    prometheus,
    alertmanager,
    'node-exporter': nodeExporter,
    registry,
    podman: containerPrograms,
    'prometheus-operator': prometheusOperator,
    'cert-manager': certManager,
  },
]

/** Whose absence is no failure where everything is wanted: the tests that use them are skipped, each by its name. */
const OPTIONAL: ReadonlySet<string> = new Set(['guests', 'podman'])

const known = rows.flatMap((row) => Object.keys(row))
const isExcept = process.argv[2] === '--except'
const named = process.argv.slice(isExcept ? 3 : 2)
const unknown = named.filter((name) => !known.includes(name))
if (unknown.length > 0) throw new TypeError(`${unknown.join(', ')}: the tools are ${known.join(', ')}`)
const wanted = isExcept || named.length === 0 ? known.filter((name) => !named.includes(name)) : named

await Promise.all(
  rows.map(async (row) => {
    for (const [name, provide] of Object.entries<Provide>(row)) {
      if (wanted.includes(name)) await report(provide, OPTIONAL.has(name) && !named.includes(name))
    }
  }),
)

type Tool = string | readonly string[] | Readonly<Record<string, string>> | Image
type Provide = () => Promise<Tool>

async function report(provide: Provide, isOptional: boolean): Promise<void> {
  try {
    for (const path of pathsOf(await provide())) process.stdout.write(`tools: ${path}\n`)
  } catch (error) {
    if (!(error instanceof NotHere)) throw error
    process.stderr.write(`tools: ${error.message}\n`)
    if (!isOptional) process.exitCode = 1
  }
}

function pathsOf(tool: Tool): readonly string[] {
  return typeof tool === 'string' ? [tool] : Object.values(tool)
}
