// Runs a command in a guest with network cards of the driver "ena", shows what it prints, and exits as it does. Usage:
//   node test/kernel/run.ts [--arch x64|arm64] [--nics 2] [--driver 2.12|2.17|6.1|6.12] [--reaches-host] COMMAND…
// A .ts file in COMMAND's first place is run by node, a .test.ts file by vitest:
//   node test/kernel/run.ts --nics 2 packages/agent/src/bin.ts once
//   node test/kernel/run.ts --arch arm64 packages/ethtool/test/socket.kernel.test.ts
//   node test/kernel/run.ts sh -c 'echo inc 0 linklocal_allowance_exceeded 7 >/sys/kernel/debug/ena/control; ethtool -S eth0'
// Where no guest can be had, it says why and exits with 77, which stands for "skipped" with automake and others.
import { parseArgs } from 'node:util'

import { NotHere } from '../harness/not-here.ts'
import { type Guest, guest } from './guest.ts'
import { isArchitecture } from '../tools/architecture.ts'
import { isGeneration } from './names.ts'

const SKIPPED = 77

const args = process.argv.slice(2)
const commandAt = args.findIndex((arg, i) => !arg.startsWith('-') && !/^--(arch|nics|driver)$/.test(args[i - 1] ?? ''))
const { values } = parseArgs({
  args: commandAt === -1 ? args : args.slice(0, commandAt),
  options: {
    arch: { type: 'string', default: process.arch },
    nics: { type: 'string', default: '1' },
    driver: { type: 'string', default: '2.17' },
    'reaches-host': { type: 'boolean', default: false },
  },
})
const { arch, driver, nics } = values
if (commandAt === -1) usage('name a command')
if (!isArchitecture(arch)) usage(`--arch ${arch}: x64 or arm64`)
if (!isGeneration(driver)) usage(`--driver ${driver}: 2.12, 2.17, 6.1 or 6.12`)
if (!/^([0-9]|1[0-6])$/.test(nics)) usage(`--nics ${nics}: a number up to 16`)

try {
  const machine = await guest({ arch, driver, nics: Number(nics), reachesHost: values['reaches-host'] })
  process.exitCode = await runIn(machine, args.slice(commandAt))
} catch (error) {
  if (!(error instanceof NotHere)) throw error
  process.stderr.write(`skipped: ${error.message}\n`)
  process.exitCode = SKIPPED
}

async function runIn(machine: Guest, command: readonly string[]): Promise<number> {
  await using _ = machine
  const { status } = await machine.exec(withRunner(command), {
    onOutput: (stream, text) => void process[stream].write(text),
  })
  return status ?? 1
}

function withRunner(command: readonly string[]): readonly string[] {
  const [first = ''] = command
  if (first.endsWith('.test.ts')) return ['node', 'node_modules/vitest/vitest.mjs', 'run', ...command]
  return first.endsWith('.ts') ? ['node', ...command] : command
}

function usage(problem: string): never {
  process.stderr.write(`run.ts: ${problem}\n`)
  process.exit(2)
}
