#!/usr/bin/env node
import process from 'node:process'

import { main } from './main.ts'

// Node 26 cuts small buffers from pieces of 64 KiB. What an export hands to zlib and to a socket stays until the old generation is collected,
// which is once in many minutes here, and with it the pieces that it was cut from: 105 KB an export instead of 30 (measured).
Buffer.poolSize = 8192

// Not exitCode: a push that hangs would hold the process. What was printed is out: `main` has waited for it.
// No top-level await: the bundle is CommonJS.
void main(process.argv.slice(2), process.env).then((code) => process.exit(code))
