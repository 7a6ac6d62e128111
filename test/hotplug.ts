// What the agent makes of interfaces that come, go, change their name or go down, in a real kernel.
// Usage: node hotplug.ts, in a network namespace of its own with nic0. Prints JSON: the samples after each step.
import { execFileSync } from 'node:child_process'

import { openAgent } from '../packages/agent/src/agent.ts'
import { createCollector } from '../packages/metrics/src/points/collect.ts'
import { loadConfig } from '../packages/agent/src/config/load.ts'

const loaded = loadConfig({ include: ['*'], exclude: ['lo', 'peer*'], statistics: '.' }, {})
const lines: string[] = []
const line = (_: object, message: string): void => void lines.push(message)
const log = { debug: line, info: line, warn: line, error: line }
const agent = openAgent(loaded, { AWS_EC2_METADATA_DISABLED: 'true' }, log)
const collector = createCollector(agent, loaded.config)

const ip = (...args: string[]): void => void execFileSync('ip', args)

/** What a sweep and an export after it bring. */
function look(): object {
  lines.length = 0
  agent.sample('sampled')
  const packets = collector.collect().flatMap(({ metric, points }) =>
    metric.name === 'system.network.packet.count'
      ? points
          .filter(({ attributes }) => attributes['network.io.direction'] === 'transmit')
          .map(({ attributes, startTime, value }) => ({
            name: attributes['network.interface.name'],
            startTime,
            value,
          }))
      : [],
  )
  return { time: agent.counts.lastSweepTime, packets, lines: [...lines], failures: { ...agent.counts.failures } }
}

const steps: Record<string, object> = { start: look() }
ip('link', 'add', 'added0', 'type', 'veth', 'peer', 'name', 'peer-added0')
ip('link', 'set', 'added0', 'up')
steps['added'] = look()
ip('link', 'set', 'nic0', 'down')
steps['down'] = look()
ip('link', 'set', 'nic0', 'name', 'ens5')
steps['renamed while down'] = look()
ip('link', 'set', 'ens5', 'up')
steps['renamed'] = look()
ip('link', 'del', 'added0')
steps['removed'] = look()
ip('link', 'add', 'added0', 'type', 'veth', 'peer', 'name', 'peer-added0')
ip('link', 'set', 'added0', 'up')
steps['back'] = look()
agent.close()
process.stdout.write(JSON.stringify(steps))
