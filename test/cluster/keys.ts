// The keys of a cluster, and the kubeconfig of each of its parts.
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ADDRESS } from './address.ts'
import { type KeyPair, newAuthority, type Subject } from '../harness/certificates.ts'

/** Writes them all into `folder`: `ca.crt`, `apiserver.crt`, `apiserver.key`, `admin.kubeconfig`, … */
export function writeKeys(folder: string, nodeName: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content, { mode: 0o600 })
  const writePair = (name: string, { certificate, key }: KeyPair): void => {
    write(`${name}.crt`, certificate)
    write(`${name}.key`, key)
  }
  const authority = newAuthority('ena-otel test cluster')
  write('ca.crt', authority.certificate)
  writePair('apiserver', authority.server({ commonName: 'kube-apiserver' }, apiServerNames))
  writePair('kubelet', authority.server({ commonName: nodeName }, [nodeName, ADDRESS.node, '127.0.0.1']))
  writePair('apiserver-to-kubelet', authority.client({ ...administrator, commonName: 'apiserver-to-kubelet' }))
  const serviceAccounts = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  write('service-accounts.key', serviceAccounts.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  write('service-accounts.pub', serviceAccounts.publicKey.export({ type: 'spki', format: 'pem' }).toString())
  for (const [name, user] of Object.entries(users(nodeName))) {
    write(`${name}.kubeconfig`, JSON.stringify(kubeconfig(authority.certificate, authority.client(user))))
  }
}

const apiServerNames = [
  'localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  '127.0.0.1',
  ADDRESS.node,
  ADDRESS.kubernetesService,
]

const administrator = { organization: 'system:masters' }

/** The names that Kubernetes' built-in roles are bound to. https://kubernetes.io/docs/setup/best-practices/certificates/ */
function users(nodeName: string): Readonly<Record<string, Subject>> {
  return {
    admin: { ...administrator, commonName: 'admin' },
    kubelet: { organization: 'system:nodes', commonName: `system:node:${nodeName}` },
    'controller-manager': { commonName: 'system:kube-controller-manager' },
    scheduler: { commonName: 'system:kube-scheduler' },
    'kube-proxy': { commonName: 'system:kube-proxy' },
  }
}

function kubeconfig(authority: string, { certificate, key }: KeyPair): object {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) }
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'here', cluster: { server: ADDRESS.apiServer, 'certificate-authority-data': base64(authority) } },
    ],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'user' } }],
    'current-context': 'here',
  }
}
