// Scenario 8, the dashboards: every query of every panel, asked of what two nodes, CoreDNS and the chart's recording rules have left in
// the store, has an answer.
import { setTimeout as wait } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { asGrafana, PANELS, type Target } from '../../../packages/rules/test/panels.ts'
import { renderedAlerting } from '../../chart/rendered-alerting.ts'
import { lossyCoredns, type LossyCoredns } from '../../harness/coredns.ts'
import { corednsScraper } from '../../chart/coredns-scraper.ts'
import type { EnaNode } from '../setup/guest-agent.ts'
import { type LostRaces, lostRaces } from './lost-races.ts'
import { type Pipeline, pipeline } from '../setup/pipeline.ts'
import { vethNode, type VethNode } from '../setup/veth-node.ts'

const CLUSTER = 'blue'
const NODES = { ena: 'ip-10-0-7-1', veth: 'ip-10-0-7-2' }
const LIMITS = ['bw_in', 'bw_out', 'pps', 'conntrack', 'linklocal']
const CONNTRACK = 'conntrack_allowance_available'
const MAX_CONNECTIONS = 136_812

/** What some panels have to show of that. */
const SHOWN: Readonly<Record<string, number>> = {
  'Nodes that report': 2,
  'Nodes throttled': 1,
  'Nodes low on tracked connections': 1,
  'ENIs that lost DNS packets': 2,
}

/** @param bootedNode gives a node with two network cards */
export function dashboards(bootedNode: () => EnaNode): void {
  describe('the dashboards', () => {
    it('have data for every query of every panel', { timeout: 300_000 }, async () => {
      const ena = bootedNode()
      const { rules } = await renderedAlerting()
      await using line = await pipeline({ rules })
      await using dns = await lossyCoredns()
      const pod = { metricsPort: dns.metricsPort, nodeName: NODES.ena, clusterName: CLUSTER }
      await using agents = new AsyncDisposableStack()
      agents.use(await corednsScraper(line.grpcEndpoint, pod))
      await using veth = await vethNode()
      const agent = {
        endpoint: line.grpcEndpoint,
        clusterName: CLUSTER,
        args: ['--export-interval', '1s', '--heartbeat-interval', '15s'],
      }
      const sinceMs = Date.now()
      await ena.ena(`set 0 ${CONNTRACK} ${MAX_CONNECTIONS}`, `set 1 ${CONNTRACK} ${MAX_CONNECTIONS}`)
      const races = await lostRaces(ena)
      agents.use(await ena.run({ ...agent, nodeName: NODES.ena, args: [...agent.args, ...races.args] }))
      await veth.run({ ...agent, nodeName: NODES.veth })
      await line.waitFor(`ena_conntrack_capacity{k8s_node_name="${NODES.ena}"} == ${MAX_CONNECTIONS}`, hasTwo)
      await line.waitFor(`ena_otel_interfaces{k8s_cluster_name="${CLUSTER}"}`, hasTwo)

      const trouble = makeTrouble({ ena, veth, dns, races })
      const asked = await untilAnswered(line, sinceMs).finally(() => trouble.stop())
      const silent = asked.filter((one) => !isAnswered(one)).map(({ name, query }) => `${name}: ${query}`)
      expect(silent).toEqual([])
      const shown = asked.filter(({ title }) => title in SHOWN).map(({ title, value }) => [title, value])
      expect(Object.fromEntries(shown)).toEqual(SHOWN)
      console.log(table(asked, Date.now() - sinceMs))
    })
  })
}

const hasTwo = (found: readonly unknown[]): boolean => found.length === 2

interface Troubled {
  readonly ena: EnaNode
  readonly veth: VethNode
  readonly dns: LossyCoredns
  readonly races: LostRaces
}

/** Drops on two ENIs, a reset, ENA Express, few connections left, lost races; traffic on the other node; DNS that is slow or fails. */
function makeTrouble({ ena, veth, dns, races }: Troubled): { readonly stop: () => Promise<void> } {
  const end = new AbortController()
  const happen = async (): Promise<void> => {
    const questions: Promise<unknown>[] = []
    await ena.ena('reset 1 keep')
    for (let round = 0; !end.signal.aborted; round++) {
      const cards = [0, 1].flatMap((card) => [
        ...LIMITS.map((limit) => `inc ${card} ${limit}_allowance_exceeded 40`),
        `set ${card} ${CONNTRACK} ${20_000 - round}`,
        `inc ${card} ena_srd_tx_pkts 100`,
      ])
      await ena.ena(...cards)
      await races.set(3 * (round + 1))
      await veth.send('out', 20)
      const names = [`name-${round}`, 'lost-once', `lost-${round}`]
      questions.push(Promise.allSettled(names.map(async (name) => dns.resolve(name))))
      await wait(1000)
    }
    await Promise.all(questions)
  }
  const done = happen()
  return {
    stop: async () => {
      end.abort()
      await done
    },
  }
}

/** One query of a panel. */
interface Query {
  readonly dashboard: string
  readonly name: string
  readonly title: string
  readonly query: string
  readonly target: Target
}

/** And what it gave at last. */
interface Asked extends Query {
  /** With a value that is a number. */
  readonly series: number
  /** Of the first. */
  readonly value?: number | undefined
}

/** Asks every query until it has an answer. One with a step of a minute has to wait for the next full minute. */
async function untilAnswered(line: Pipeline, sinceMs: number): Promise<readonly Asked[]> {
  const queries = PANELS.flatMap(({ dashboard, name, title, targets = [] }) =>
    targets.map((target) => ({ dashboard, name, title, query: queryOf(dashboard, target), target })),
  )
  for (const deadline = Date.now() + PATIENCE_MS; ; await wait(1000)) {
    const asked: Asked[] = []
    for (const one of queries) asked.push({ ...one, ...(await answer(line, one, sinceMs)) })
    if (asked.every(isAnswered) || Date.now() > deadline) return asked
  }
}

const PATIENCE_MS = 150_000

/** Counters by the reason of a fault begin with the first one, and here is none. */
const BY_FAULT = /^sum by \(ena_otel_rea(son|der)\)/
const isAnswered = ({ query, series }: Asked): boolean => series > 0 || BY_FAULT.test(query)

/** The dashboard of a node is asked for that which has network cards of the driver ena. Nothing stands in for data that isn't there. */
function queryOf(dashboard: string, { expr }: Target): string {
  const node = dashboard === 'node' ? NODES.ena : Object.values(NODES).join('|')
  return asGrafana(expr, { cluster: CLUSTER, node }).replaceAll(' or vector(0)', '')
}

async function answer(
  { query, queryRange }: Pipeline,
  { query: promql, target }: Query,
  sinceMs: number,
): Promise<Pick<Asked, 'series' | 'value'>> {
  const values =
    target.instant === true
      ? (await query(promql)).map(({ value }) => value)
      : (await queryRange(promql, sinceMs, Date.now(), STEP_MS)).map(
          ({ samples }) => samples.findLast(({ value }) => Number.isFinite(value))?.value ?? Number.NaN,
        )
  const numbers = values.filter((value) => Number.isFinite(value))
  return { series: numbers.length, value: numbers[0] }
}

/** What asGrafana calls $__interval. */
const STEP_MS = 15_000

function table(asked: readonly Asked[], tookMs: number): string {
  const lines = Object.entries(Object.groupBy(asked, ({ dashboard }) => dashboard)).map(([name, ofIt = []]) => {
    const panels = new Set(ofIt.map(({ title }) => title)).size
    const series = ofIt.reduce((sum, one) => sum + one.series, 0)
    return `dashboard ${name}: ${panels} panels, ${ofIt.length} queries, ${series} series`
  })
  return [...lines, `all answered ${Math.round(tookMs / 1000)} s after the agents were started`].join('\n')
}
