#!/usr/bin/env node
import process from 'node:process'

import { main } from './main.ts'

// Not exitCode: a push that hangs would hold the process. What was written to stdout and stderr is out, they are synchronous on Linux.
process.exit(await main(process.argv.slice(2), process.env))
