#!/usr/bin/env node
import process from 'node:process'

import { main } from './main.ts'

// Node 26 allocates small buffers from pools of 64 KiB. The buffers of an export stay until V8 collects its old generation, which takes
// minutes, and each keeps its whole pool: 105 KB an export instead of 30 (measured).
Buffer.poolSize = 8192

// Not exitCode: a request that hangs would keep the process alive. `main` has waited until all output was written.
// No top-level await: the bundle is CommonJS.
void main(process.argv.slice(2), process.env).then((code) => process.exit(code))
