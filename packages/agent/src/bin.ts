#!/usr/bin/env node
import process from 'node:process'

import { main } from './main.ts'

// Not exitCode: a push that hangs would hold the process. What was printed is out: `main` has waited for it.
process.exit(await main(process.argv.slice(2), process.env))
