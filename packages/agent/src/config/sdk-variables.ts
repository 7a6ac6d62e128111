// OpenTelemetry's variables that belong to no option: OTEL_SDK_DISABLED, OTEL_METRICS_EXPORTER, OTEL_METRIC_EXPORT_TIMEOUT.
import { type Environment, variable } from './environment.ts'
import type { Config, Exporter, Options } from './options.ts'
import { isOtelVariable, isWhole } from './otel-variables.ts'
import type { Origins } from './problem.ts'

export interface SdkSettings {
  readonly isDisabled: boolean
  /** `undefined` when the variable is not set or has no known entry. */
  readonly exporters: readonly Exporter[] | undefined
  /** Milliseconds; `undefined` when there is no limit. */
  readonly exportTimeout: number | undefined
  readonly warnings: readonly string[]
}

const EXPORTERS: readonly string[] = ['otlp', 'console'] satisfies Exporter[]

/** The settings of these variables. A wrong value gives a warning and is ignored, as the specification requires. */
export function sdkSettings(env: Environment): SdkSettings {
  const warnings: string[] = []
  return {
    isDisabled: isDisabled(env, warnings),
    exporters: exporters(env, warnings),
    exportTimeout: exportTimeout(env, warnings),
    warnings,
  }
}

function isDisabled(env: Environment, warnings: string[]): boolean {
  const text = variable('OTEL_SDK_DISABLED', env)
  if (text !== undefined && !/^(true|false)$/i.test(text))
    warnings.push(`OTEL_SDK_DISABLED: ${JSON.stringify(text)} is neither true nor false; ignored`)
  return text?.toLowerCase() === 'true'
}

function exporters(env: Environment, warnings: string[]): readonly Exporter[] | undefined {
  const entries = (variable('OTEL_METRICS_EXPORTER', env) ?? '').split(',').flatMap((text) => text.trim() || [])
  const names = new Set(entries.map((entry) => entry.toLowerCase()))
  for (const name of names) {
    if (name !== 'none' && !EXPORTERS.includes(name))
      warnings.push(`OTEL_METRICS_EXPORTER: ${JSON.stringify(name)} is not one of otlp, console, none; ignored`)
  }
  if (names.has('none')) return []
  const known = [...names].filter((name) => EXPORTERS.includes(name)) as Exporter[]
  return known.length > 0 ? known : undefined
}

function exportTimeout(env: Environment, warnings: string[]): number | undefined {
  const text = variable('OTEL_METRIC_EXPORT_TIMEOUT', env)
  if (text === undefined) return undefined
  const ms = isWhole(text) ? Number(text) : Number.NaN
  if (ms <= MAX_TIMEOUT) return ms === 0 ? undefined : ms // "Implementations SHOULD interpret timeout zero values as indefinite."
  warnings.push(
    `OTEL_METRIC_EXPORT_TIMEOUT: ${JSON.stringify(text)} is not a whole number of milliseconds up to ${MAX_TIMEOUT}; ignored`,
  )
  return undefined
}

/** 2^31 - 1: the largest integer that the specification asks for. */
const MAX_TIMEOUT = 2_147_483_647

/** Applies OpenTelemetry's variables that depend on, or change, several options. Adds their origins. */
export function withSdkSettings(
  options: Options,
  origins: Origins,
  { isDisabled, exporters, exportTimeout }: SdkSettings,
): Config {
  let { endpoint, sampleInterval, timeout } = options
  // OTEL_METRIC_EXPORT_INTERVAL may be set for every program of the node: it does not know that samples exist.
  if (isOtelVariable(origins.exportInterval) && origins.sampleInterval === undefined)
    sampleInterval = Math.min(sampleInterval, options.exportInterval)
  if (exportTimeout !== undefined && exportTimeout < timeout && isOtelVariable(origins.timeout ?? 'OTEL_')) {
    timeout = exportTimeout
    origins.timeout = 'OTEL_METRIC_EXPORT_TIMEOUT'
  }
  if (exporters !== undefined) origins.exporters = 'OTEL_METRICS_EXPORTER'
  if (isDisabled) origins.isDisabled = 'OTEL_SDK_DISABLED'
  if (exporters?.includes('otlp') && endpoint === undefined) {
    endpoint = options.protocol === 'grpc' ? 'http://localhost:4317' : 'http://localhost:4318' // the specification's defaults
    origins.endpoint = 'OTEL_METRICS_EXPORTER'
  }
  const byDefault = endpoint === undefined ? (['console'] as const) : (['otlp'] as const)
  return { ...options, endpoint, sampleInterval, timeout, isDisabled, exporters: exporters ?? byDefault }
}

/** A warning for an endpoint that nothing is exported to. */
export function unusedEndpoint({ endpoint, exporters }: Config, origins: Origins): string[] {
  if (endpoint === undefined || exporters.includes('otlp')) return []
  return [`${origins.endpoint} has no effect: OTEL_METRICS_EXPORTER does not name otlp`]
}
