// Prometheus' node_exporter, the baseline of the benchmarks: Debian's, whatever the machine runs besides.
import { join } from 'node:path'
import type { NotHere } from '../not-here.ts'
import { unpacked } from './debian.ts'

/** The path of a `prometheus-node-exporter` that runs here. */
export async function nodeExporter(): Promise<string | NotHere> {
  const root = await unpacked({ name: 'prometheus-node-exporter', packages: ['prometheus-node-exporter'] })
  return typeof root === 'string' ? join(root, 'usr/bin/prometheus-node-exporter') : root
}
