// Runs every scenario in a guest and prints how each went, as JSON. Usage: node in-guest.ts, as root.
import { openBench } from './bench.ts'
import { SCENARIOS } from './scenarios.ts'

const results: Record<string, string> = {}
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  try {
    using bench = openBench()
    scenario(bench)
    results[name] = 'ok'
  } catch (error) {
    results[name] = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
process.stdout.write(JSON.stringify(results))
