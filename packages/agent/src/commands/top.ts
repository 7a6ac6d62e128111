// `ena-otel top`: this machine's interfaces, live on a terminal, else line by line.
import type { Log } from '@ena-otel/metrics'
import { ATTRIBUTE, every, systemClock } from '@ena-otel/metrics/internal'

import type { LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/options.ts'
import { VERSION } from '../version.ts'
import { createViewer, type View } from '../view/interface-view.ts'
import { type LiveState, renderLive } from '../view/live.ts'
import { metricPoints } from '../view/metric-points.ts'
import { createPlainLines } from '../view/plain.ts'
import { nobodyReads } from '../view/print.ts'
import { openTerminal } from '../view/terminal.ts'
import { type Node, openNode } from './node.ts'

/** Where the view goes and where keys come from. */
export interface TopStreams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

/**
 * Shows the interfaces until `stopped` is fulfilled, `q` or Ctrl-C is pressed, or nobody reads any more.
 *
 * @param log give a silent one when stdout is a terminal: the screen shows what can't be read, and lines of a log would run across it
 * @throws Error with one line when this machine can't be read and, unless stdout is a terminal, when there is no interface to read, or
 * stdout can't be written
 */
export async function top(
  loaded: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  stopped: Promise<unknown>,
  { stdin, stdout }: TopStreams = process,
): Promise<void> {
  const { config } = loaded
  // Each look reads by itself.
  const overrides = { temporality: 'cumulative', compat: [], sampleInterval: Infinity } as const
  using node = openNode(config, env, log, overrides)
  const display = stdout.isTTY ? openLive(node, config, { stdin, stdout }) : openLines(node, stdout)
  try {
    await showUntil(Promise.race([stopped, display.ended]), node, config, display.show)
  } finally {
    display.close()
  }
}

/** Looks at once and then every interval, until `ended` is fulfilled or a look fails. */
async function showUntil(
  ended: Promise<unknown>,
  { producer }: Node,
  config: Config,
  show: (view: View) => void,
): Promise<void> {
  const viewer = createViewer()
  const look = async (): Promise<void> => {
    const { resourceMetrics, errors } = await producer.collect()
    if (errors.length > 0) throw errors[0]
    show(viewer.update(metricPoints(resourceMetrics.scopeMetrics), producer.interfaces()))
  }
  const { promise: failed, reject } = Promise.withResolvers<never>()
  // In step with the first look: the first rates are those of a whole interval.
  const phase = systemClock.now() % config.sampleInterval
  await look()
  const looking = every(config.sampleInterval, phase, systemClock, () => look().catch(reject))
  try {
    await Promise.race([ended, failed])
  } finally {
    looking.stop()
  }
}

interface Display {
  readonly show: (view: View) => void
  /** Fulfilled when the user quits, or nobody reads any more. */
  readonly ended: Promise<void>
  readonly close: () => void
}

function openLive(node: Node, config: Config, streams: TopStreams): Display {
  const terminal = openTerminal(streams.stdin, streams.stdout)
  return {
    ended: terminal.quit,
    close: terminal.close,
    show: (view) => {
      const state = liveState(node, config.sampleInterval, terminal.quitKey, view)
      terminal.show((width, height) => renderLive(state, width, height))
    },
  }
}

function liveState(
  { producer, attributes: known }: Node,
  sampleIntervalMs: number,
  quitKey: string,
  view: View,
): LiveState {
  const attributes = known()
  return {
    version: VERSION,
    host: attributes[ATTRIBUTE.k8sNodeName] ?? attributes[ATTRIBUTE.hostName] ?? '',
    instanceType: attributes[ATTRIBUTE.hostType],
    sampleIntervalMs,
    clock: new Date(systemClock.now()).toTimeString().slice(0, 8),
    quitKey,
    view,
    problems: new Map(producer.problems()),
    nothingRead: producer.nothingRead(),
  }
}

function openLines({ producer }: Node, stdout: NodeJS.WriteStream): Display {
  const linesOf = createPlainLines()
  let hasLooked = false
  return {
    ended: nobodyReads(stdout),
    close: () => undefined,
    show: (view) => {
      const problem = producer.nothingRead()
      if (problem !== undefined && !hasLooked) throw new Error(problem)
      hasLooked = true
      for (const line of linesOf(view, systemClock.now())) stdout.write(`${line}\n`)
    },
  }
}
