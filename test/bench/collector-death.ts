// One of the chart's two collectors dies under the pushes of 1,000 agents, on a cluster whose DaemonSet has 1,000 pods. By hand, as root:
// it takes a quarter of an hour.
//
//   node test/bench/collector-death.ts [NODES]
import { collectorDeath, type CollectorUsage } from '../chart/collector-death.ts'
import { installationBench } from '../chart/installation.ts'

const nodes = Number(process.argv[2] ?? 1000)
await using bench = await installationBench()
const found = await collectorDeath(bench, {
  nodes,
  counters: 75, // as an agent with two NICs exports at a time
  intervalMs: 15_000, // the chart's
  maxConnectionAge: 300,
  windowMs: 60_000,
  isUpgraded: true,
})
const seconds = (ms = NaN): string => `${(ms / 1000).toFixed(1)} s`
const collectors = (usage: readonly CollectorUsage[]): string =>
  usage
    .map(
      ({ pod, connections, cpu, rss, peakRss }) =>
        `  ${pod}: ${connections} connections, ${cpu.toFixed(0)} ms/s of CPU, ${rss.toFixed(0)} MB, at most ${peakRss.toFixed(0)} MB\n`,
    )
    .join('')
const { daemonSet, afterMs, end, stored } = found
process.stdout.write(
  `${daemonSet.ready} of ${daemonSet.desired} agents ready: install ${seconds(daemonSet.installMs)}, upgrade ${seconds(daemonSet.upgradeMs)}\n` +
    `before the death:\n${collectors(found.before)}` +
    `collector ready after ${seconds(afterMs.collector)}, no agent late after ${seconds(afterMs.agents)}:\n${collectors(found.back)}` +
    `rebalanced after ${seconds(afterMs.rebalanced)}:\n${collectors(found.rebalanced)}` +
    `${found.failures} requests failed; ${end.accepted} points accepted, ${end.refused} refused, ${end.dropped} dropped; ` +
    `${stored.samples} samples in the workspace\n` +
    `refusals of the workspace: ${JSON.stringify(found.refusals)}\n`,
)
