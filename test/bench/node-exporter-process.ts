// node_exporter with the collectors that read what the agent reads, of interfaces nic*.
import { type Child, child } from './child.ts'

/** @param program path of node_exporter */
export function nodeExporterProcess(program: string, port: number): Promise<Child> {
  return child(
    [
      program,
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
    { ready: /Listening on/ },
  )
}
