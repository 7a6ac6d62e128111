// What a scrape of node_exporter costs: its CPU time as the scheduler counts it, all threads.
// Usage: node scrape.ts NODE_EXPORTER, in the network namespace whose interfaces nic* it is to read. Prints JSON.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'

import { median } from './median.ts'

const ROUNDS = 9
const SCRAPES = 50
const SECONDS = 10

const [program = 'prometheus-node-exporter'] = process.argv.slice(2)
const port = 9100
const child = spawn(
  program,
  [
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.disable-exporter-metrics',
    '--collector.disable-defaults',
    '--collector.ethtool',
    '--collector.ethtool.device-include=^nic',
    '--collector.netclass',
    '--collector.netclass.ignored-devices=^(lo|peer.*)$',
    '--collector.netdev',
    '--collector.netdev.device-exclude=^(lo|peer.*)$',
  ],
  { stdio: ['ignore', 'ignore', 'pipe'] },
)
process.once('exit', () => child.kill())

/** Milliseconds on a processor. Source: /proc/PID/task/TID/schedstat, first field, nanoseconds. */
function cpuMs(): number {
  const tasks = `/proc/${child.pid}/task`
  return readdirSync(tasks)
    .map((task) => Number(readFileSync(`${tasks}/${task}/schedstat`, 'latin1').split(' ')[0]) / 1e6)
    .reduce((sum, ms) => sum + ms, 0)
}

async function scrape(): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  return response.text()
}

async function hot(): Promise<number> {
  const before = cpuMs()
  for (let i = 0; i < SCRAPES; i++) await scrape()
  return (cpuMs() - before) / SCRAPES
}

async function cold(): Promise<number> {
  await wait(1000)
  const before = cpuMs()
  await scrape()
  return cpuMs() - before
}

const listening = Promise.withResolvers<void>()
createInterface(child.stderr)
  .on('line', (line) => {
    if (line.includes('Listening on')) listening.resolve()
  })
  .once('close', () => listening.reject(new Error(`${program} does not listen on ${port}`)))
await listening.promise
const series = (await scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
await hot()
const rounds: number[] = []
for (let i = 0; i < ROUNDS; i++) rounds.push(await hot())
const seconds: number[] = []
for (let i = 0; i < SECONDS; i++) seconds.push(await cold())
const rss = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))?.[1]) / 1024
process.stdout.write(
  `${JSON.stringify({ series: series.length, hotMs: median(rounds), coldMs: median(seconds), rssMiB: rss })}\n`,
)
child.kill()
