#!/usr/bin/env node
import process from 'node:process'

import { main } from './main.ts'

// Not exitCode: a push that hangs would hold the process. What was printed is out: `main` has waited for it.
// No top-level await: the bundle is CommonJS.
void main(process.argv.slice(2), process.env).then((code) => process.exit(code))
