// MAC address → ENI id, asked once per address. Source: IMDS `network/interfaces/macs/<mac>/interface-id`,
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html

import type { ImdsSession } from './imds-session.ts'
import { createRetrySchedule, type RetrySchedule } from './retry-schedule.ts'

export interface EniIds {
  get(mac: string): string | undefined
  resolve(macs: readonly string[]): Promise<void>
}

/**
 * A NIC attached while the agent runs may be in the kernel before it is in IMDS, which can lag by 30 s
 * (https://github.com/aws/amazon-vpc-cni-k8s/pull/1311), so its 404 is believed only after these.
 */
const LATE_NIC_RETRY_MS: readonly number[] = [1_000, 5_000, 30_000]

/** The ids known so far. A MAC of the first `resolve` that IMDS doesn't have is no ENI, and isn't asked for again. */
export function createEniIds(session: ImdsSession, now: () => number): EniIds {
  const ids = new Map<string, string>()
  const unanswered = new Map<string, RetrySchedule>()
  const asking = new Set<string>()
  let retryMs: readonly number[] = []

  async function resolveOne(mac: string, absences: RetrySchedule): Promise<void> {
    asking.add(mac)
    try {
      const id = await session.ask(pathOf(mac), parseEniId)
      if (id === undefined) absences.failed()
      else {
        ids.set(mac, id)
        unanswered.delete(mac)
      }
    } finally {
      asking.delete(mac)
    }
  }

  return {
    get: (mac) => ids.get(mac.toLowerCase()),
    async resolve(macs) {
      const wanted = new Set(macs.map((mac) => mac.toLowerCase()).filter((mac) => MAC.test(mac) && !ids.has(mac)))
      const questions: Promise<void>[] = []
      for (const mac of wanted) {
        const absences = unanswered.get(mac) ?? createRetrySchedule(retryMs, now)
        unanswered.set(mac, absences)
        if (!asking.has(mac) && absences.due() && session.due(pathOf(mac))) questions.push(resolveOne(mac, absences))
      }
      retryMs = LATE_NIC_RETRY_MS
      // What failed was logged by the session, and is asked again by a later call.
      await Promise.allSettled(questions)
    },
  }
}

const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/

const pathOf = (mac: string): string => `/latest/meta-data/network/interfaces/macs/${mac}/interface-id`

function parseEniId(body: string): string {
  if (!/^eni-[0-9a-f]+$/.test(body)) throw new SyntaxError(`${JSON.stringify(body.slice(0, 40))} is no ENI id`)
  return body
}
