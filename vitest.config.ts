import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    runner: join(import.meta.dirname, 'test', 'run', 'skipping-runner.ts'),
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    taskTitleValueFormatTruncate: 0, // a title is a sentence
    maxWorkers: availableParallelism(), // vitest's own leaves a processor free; most of these tests wait
    testTimeout: 30_000,
    hookTimeout: 600_000, // a hook may have to build a tool first
  },
})
