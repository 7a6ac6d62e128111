// What every command opens: the counters of this node, and who the node is.
import { hostname } from 'node:os'

import {
  createEnaMetricProducer,
  createImds,
  detectResource,
  type EnaMetricProducer,
  type EnaMetricProducerOptions,
  imdsEndpoint,
  type Log,
  type ResourceAttributes,
} from '@ena-otel/metrics/internal'

import type { Config } from '../config/options.ts'
import { VERSION } from '../version.ts'

export interface Node extends Disposable {
  readonly producer: EnaMetricProducer
  /** The resource as far as it is known: with the instance's identity once `identify` has found it. */
  readonly attributes: () => ResourceAttributes
  /** Asks the metadata service for what is unknown, where that is due, and waits for its answer. Never rejects; may take seconds. */
  readonly identify: () => Promise<void>
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
  const imds = createImds({ endpoint: imdsEndpoint({ env, amazonEc2 }, log), expected: amazonEc2 === true, log })
  let { attributes } = detected
  let isIdentified = false
  const producer = createEnaMetricProducer({
    ...config,
    temporality: config.temporality === 'delta' ? 'delta' : 'cumulative', // lowmemory: observable counters are cumulative
    imds,
    instanceId: () => attributes['host.id'],
    log,
    ...overrides,
  })
  const askIdentity = async (): Promise<void> => {
    if (isIdentified) return
    const identity = await imds.identity()
    if (identity === undefined) return
    isIdentified = true
    attributes = detected.withIdentity(identity)
  }
  return {
    producer,
    attributes: () => attributes,
    identify: async () => void (await Promise.all([askIdentity(), producer.findEniIds()])),
    [Symbol.dispose]: () => {
      producer[Symbol.dispose]()
      imds.close()
    },
  }
}
