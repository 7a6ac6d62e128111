// Queries to the stand-in for AMP, signed as its clients do.
import type { Amp } from '../amp/amp.ts'
import { signed } from '../amp/signature.ts'
import { type PrometheusApi, prometheusApi } from './prometheus-api.ts'

export function storeApi({ url, scope }: Pick<Amp, 'url' | 'scope'>): PrometheusApi {
  return prometheusApi(async (path) => {
    const target = new URL(url + path)
    return fetch(target, { headers: await signed({ method: 'GET', url: target }, scope) })
  })
}
