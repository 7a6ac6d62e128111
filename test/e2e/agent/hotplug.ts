// What the agent makes of interfaces that come, go, change their name or go down, in a real kernel.
// Usage: node hotplug.ts, in a network namespace of its own with nic0. Prints JSON: the samples after each step.
import { execFileSync } from 'node:child_process'

import { realNode } from '../../harness/real-node.ts'
import { recordingLog } from '../../harness/recording-log.ts'

const log = recordingLog()
const node = realNode({ include: ['*'], exclude: ['lo', 'peer*'], statistics: '.' }, log)

const ip = (...args: string[]): void => void execFileSync('ip', args)

/** What a sweep and an export after it bring. */
function look(): object {
  log.lines.length = 0
  const time = Date.now()
  node.sweep.run('sampled')
  const packets = node.points('all').flatMap(({ metric, points }) =>
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
  return { time, packets, lines: [...log.lines], failures: { ...node.counts.failures } }
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
node[Symbol.dispose]()
process.stdout.write(JSON.stringify(steps))
