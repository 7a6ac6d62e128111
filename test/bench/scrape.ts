// What a scrape of node_exporter costs: its CPU time as the scheduler counts it, all threads.
// Usage: node scrape.ts NODE_EXPORTER, in the network namespace whose interfaces nic* it is to read. Prints JSON.
import { setTimeout as wait } from 'node:timers/promises'

import { median } from './median.ts'
import { nodeExporterProcess } from './programs.ts'
import { cpuMs } from './process-usage.ts'

const ROUNDS = 9
const SCRAPES = 50
const SECONDS = 10

const [program = 'prometheus-node-exporter'] = process.argv.slice(2)
const port = 9100
await using exporter = await nodeExporterProcess(program, port)

async function scrape(): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  return response.text()
}

async function hot(): Promise<number> {
  const before = cpuMs(exporter.pid)
  for (let i = 0; i < SCRAPES; i++) await scrape()
  return (cpuMs(exporter.pid) - before) / SCRAPES
}

async function cold(): Promise<number> {
  await wait(1000)
  const before = cpuMs(exporter.pid)
  await scrape()
  return cpuMs(exporter.pid) - before
}

const series = (await scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
await hot()
const rounds: number[] = []
for (let i = 0; i < ROUNDS; i++) rounds.push(await hot())
const seconds: number[] = []
for (let i = 0; i < SECONDS; i++) seconds.push(await cold())
process.stdout.write(`${JSON.stringify({ series: series.length, hotMs: median(rounds), coldMs: median(seconds) })}\n`)
