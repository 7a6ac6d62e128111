// Whether the environment names a proxy: only then are the libraries for one loaded.
import type { Proxy } from './proxy-connection.ts'

/**
 * The proxy of the environment for this URL; `undefined` without one.
 *
 * @throws Error with one line, without credentials, when a variable is no URL of an HTTP proxy
 */
export async function proxyFor(url: URL, env: NodeJS.ProcessEnv): Promise<Proxy | undefined> {
  const isSet = Object.entries(env).some(([name, value]) => value && /^(https?|all)_proxy$/i.test(name))
  return isSet ? (await import('./proxy.ts')).findProxy(url) : undefined
}
