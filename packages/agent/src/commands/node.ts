// What every command opens: the counters of this node, and who the node is.
import { hostname } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

import {
  createEnaMetricProducer,
  createImds,
  detectResource,
  type EnaMetricProducer,
  type EnaMetricProducerOptions,
  identityWithin,
  imdsEndpoint,
  type Log,
  type ResourceAttributes,
} from '@ena-otel/metrics/internal'

import type { Config } from '../config/options.ts'
import { VERSION } from '../version.ts'

export interface Node extends Disposable {
  readonly producer: EnaMetricProducer
  /** The resource: with the instance's identity if `identify` has found it. */
  readonly attributes: () => ResourceAttributes
  /**
   * Asks IMDS who the instance is, and the ids of its ENIs, for at most `waitMs`. `attributes` do not change afterwards: for a store, a
   * changed attribute is a new series, which begins without the last point of the old one. Never rejects.
   */
  readonly identify: (waitMs: number) => Promise<void>
}

/**
 * @param overrides what a command decides by itself, whatever the configuration says
 * @throws Error with one line when this machine can't be read: not Linux, no /proc/stat
 */
export function openNode(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  overrides: EnaMetricProducerOptions = {},
): Node {
  const { sysfs, clusterName, nodeName } = config
  const configured = { clusterName, nodeName }
  const detected = detectResource({ env, sysfs, etc: '/etc', hostname: hostname(), version: VERSION, configured, log })
  const { amazonEc2 } = detected
  const endpoint = imdsEndpoint({ env, amazonEc2 }, log)
  const imds = createImds({ endpoint, expected: amazonEc2 === true, log })
  let { attributes } = detected
  const producer = createEnaMetricProducer({
    ...config,
    temporality: config.temporality === 'delta' ? 'delta' : 'cumulative', // lowmemory: observable counters are cumulative
    imds,
    instanceId: () => attributes['host.id'],
    log,
    ...overrides,
  })
  const askIdentity = async (waitMs: number): Promise<void> => {
    if (endpoint === undefined) return
    const identity = await identityWithin(imds, waitMs)
    if (identity !== undefined) attributes = detected.withIdentity(identity)
    else if (amazonEc2 === true)
      log.warn(
        {},
        `resource: IMDSv2 did not answer within ${waitMs / 1000} s: cloud.* and host.* stay incomplete until a restart`,
      )
  }
  return {
    producer,
    attributes: () => attributes,
    identify: async (waitMs) => {
      const waited = wait(waitMs, undefined, { ref: false })
      await Promise.all([askIdentity(waitMs), Promise.race([producer.findEniIds(), waited])])
    },
    [Symbol.dispose]: () => {
      producer[Symbol.dispose]()
      imds.close()
    },
  }
}
