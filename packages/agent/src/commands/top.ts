// `ena-otel top`: this machine's interfaces, live on a terminal, else line by line.
import { type Agent, openAgent } from '../agent.ts'
import { systemClock } from '@ena-otel/metrics/src/sampling/clock.ts'
import { createCollector } from '@ena-otel/metrics/src/points/collect.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/options.ts'
import type { Log } from '@ena-otel/metrics/src/log.ts'
import { ATTRIBUTE } from '@ena-otel/metrics/src/resource/attributes.ts'
import { every } from '@ena-otel/metrics/src/sampling/schedule.ts'
import { VERSION } from '../version.ts'
import { attachedInterfaces } from '../view/attached-interfaces.ts'
import { createViewer, type View } from '../view/interface-view.ts'
import { type LiveState, renderLive } from '../view/live.ts'
import { createPlainLines } from '../view/plain.ts'
import { openTerminal } from '../view/terminal.ts'

/** Where the view goes and where keys come from. */
export interface TopStreams {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
}

/**
 * Shows the interfaces until `stopped` is fulfilled, `q` or Ctrl-C is pressed, or nobody reads any more.
 *
 * @param log give a silent one when stdout is a terminal: the screen shows what can't be read, and lines of a log would run across it
 * @throws Error with one line when this machine can't be read and, unless stdout is a terminal, when there is no interface to read
 */
export async function top(
  loaded: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  stopped: Promise<unknown>,
  { stdin, stdout }: TopStreams = process,
): Promise<void> {
  const agent = openAgent(loaded, env, log)
  try {
    const display = stdout.isTTY ? openLive(agent, loaded, { stdin, stdout }) : openLines(agent, stdout)
    try {
      await showUntil(Promise.race([stopped, display.ended]), agent, loaded.config, display.show)
    } finally {
      display.close()
    }
  } finally {
    agent.close()
  }
}

/** Looks at once and then every interval, until `ended` is fulfilled or a look fails. */
async function showUntil(
  ended: Promise<unknown>,
  agent: Agent,
  config: Config,
  show: (view: View) => void,
): Promise<void> {
  const collector = createCollector(agent, { ...config, temporality: 'cumulative', compat: [] })
  const viewer = createViewer()
  const look = (): void => {
    agent.sample('all')
    show(viewer.look(collector.collect(), attachedInterfaces(agent)))
  }
  const { promise: failed, reject } = Promise.withResolvers<never>()
  // In step with the first look: the first rates are those of a whole interval.
  const phase = systemClock.now() % config.sampleInterval
  look()
  const looking = every(config.sampleInterval, phase, systemClock, () => {
    try {
      look()
    } catch (error) {
      reject(error)
    }
  })
  try {
    await Promise.race([ended, failed])
  } finally {
    looking.stop()
  }
}

interface Display {
  readonly show: (view: View) => void
  /** Is fulfilled when whoever looks has had enough. */
  readonly ended: Promise<void>
  readonly close: () => void
}

function openLive(agent: Agent, { config }: LoadedConfig, streams: TopStreams): Display {
  const terminal = openTerminal(streams.stdin, streams.stdout)
  return {
    ended: terminal.quit,
    close: terminal.close,
    show: (view) => {
      const state = liveState(agent, config.sampleInterval, terminal.quitKey, view)
      terminal.show((width, height) => renderLive(state, width, height))
    },
  }
}

function liveState(agent: Agent, sampleIntervalMs: number, quitKey: string, view: View): LiveState {
  const attributes = agent.attributes()
  return {
    version: VERSION,
    host: attributes[ATTRIBUTE.k8sNodeName] ?? attributes[ATTRIBUTE.hostName] ?? '',
    instanceType: attributes[ATTRIBUTE.hostType],
    sampleIntervalMs,
    clock: new Date(systemClock.now()).toTimeString().slice(0, 8),
    quitKey,
    view,
    problems: new Map(agent.sweep.problems()),
    nothingRead: agent.whyNothingIsRead(),
  }
}

function openLines(agent: Agent, stdout: NodeJS.WriteStream): Display {
  const linesOf = createPlainLines()
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  const onError = (error: NodeJS.ErrnoException): void => (error.code === 'EPIPE' ? resolve() : reject(error))
  let hasLooked = false
  stdout.on('error', onError)
  return {
    ended,
    close: () => void stdout.off('error', onError),
    show: (view) => {
      const problem = agent.whyNothingIsRead()
      if (problem !== undefined && !hasLooked) throw new Error(problem)
      hasLooked = true
      for (const line of linesOf(view, systemClock.now())) stdout.write(`${line}\n`)
    },
  }
}
