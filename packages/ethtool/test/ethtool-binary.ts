// Finding Debian's ethtool, to compare with: in the directory ENA_OTEL_TOOLS, in PATH, or where root's programs are.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export function findEthtool(): string | undefined {
  const tools = process.env['ENA_OTEL_TOOLS']
  const unpacked = tools === undefined ? [] : [tools, join(tools, 'sbin'), join(tools, 'usr/sbin')]
  return [...unpacked, ...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
    .map((directory) => join(directory, 'ethtool'))
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false // that it isn't there is the answer
  }
}
