import { defineConfig } from 'vitest/config'

/**
 * Tests in guest kernels, left out until it is known why node segfaulted twice in the emulated arm64 guest (issue 4 is open):
 * ENA_OTEL_GUESTS=1 runs them, and test/run.ts says what it left out.
 */
export const GUEST_TESTS = ['test/kernel/**', 'test/e2e/node.test.ts', 'test/e2e/continuity.test.ts']

export default defineConfig({
  test: {
    exclude: process.env['ENA_OTEL_GUESTS'] === '1' ? [] : GUEST_TESTS,
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    taskTitleValueFormatTruncate: 0, // a title is a sentence
    testTimeout: 30_000,
    hookTimeout: 600_000, // a hook may have to build a tool first
  },
})
