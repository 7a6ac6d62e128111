// The scenarios of one node with network cards of the driver "ena". It is booted once for all of them.
import { afterAll, beforeAll, describe } from 'vitest'

import { coredns } from '../../tools/coredns.ts'
import { counterToQuery } from './counter-to-query.ts'
import { dashboards } from './dashboards.ts'
import { dropToPage } from './drop-to-page.ts'
import { type EnaNode, enaNode } from '../setup/guest-agent.ts'
import { pipelineTools } from '../setup/pipeline.ts'
import { publishedRecipes } from './published-recipes.ts'

let node: EnaNode | undefined
const booted = (): EnaNode => node!

beforeAll(coredns) // the first time, that takes longer than a test may
beforeAll(async () => {
  await pipelineTools()
  node = await enaNode({ nics: 2 })
})
afterAll(async () => {
  await node?.[Symbol.asyncDispose]()
})

describe('a node with network cards of the driver ena', () => {
  counterToQuery(booted)
  dropToPage(booted)
  publishedRecipes(booted)
  dashboards(booted)
})
