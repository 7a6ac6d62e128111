// The scenarios of one node with network cards of the driver "ena". It is booted once for all of them.
import { afterAll, beforeAll, describe } from 'vitest'

import type { NotHere } from '../not-here.ts'
import { coredns } from '../tools/coredns.ts'
import { counterToQuery } from './counter-to-query.ts'
import { dashboards } from './dashboards.ts'
import { dropToPage } from './drop-to-page.ts'
import { type EnaNode, enaNode } from './guest-agent.ts'
import { pipelineTools } from './pipeline.ts'
import { publishedRecipes } from './published-recipes.ts'

let node: EnaNode | NotHere = { notHere: 'the guest is not booted yet' }
const booted = (): EnaNode | NotHere => node

beforeAll(coredns) // the first time, that takes longer than a test may
beforeAll(async () => {
  const tools = await pipelineTools()
  node = typeof tools !== 'string' ? tools : await enaNode({ nics: 2 })
})
afterAll(async () => {
  if (!('notHere' in node)) await node[Symbol.asyncDispose]()
})

describe('a node with network cards of the driver ena', () => {
  counterToQuery(booted)
  dropToPage(booted)
  publishedRecipes(booted)
  dashboards(booted)
})
