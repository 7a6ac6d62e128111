// The daemons of a cluster and their flags, in the order in which they start.
import { join } from 'node:path'
import type { KubeProgram } from '../tools/kube.ts'
import { ADDRESS } from './address.ts'

export interface Daemon {
  readonly name: string
  readonly command: readonly string[]
}

export interface Daemons {
  /** What the others need. */
  readonly first: readonly Daemon[]
  /** Those that back off for seconds when the API server doesn't answer yet. */
  readonly afterApiServer: readonly Daemon[]
}

/** All of a cluster: `folder` has its keys and settings, and takes its data. */
export function daemons(programs: Readonly<Record<KubeProgram, string>>, folder: string, name: string): Daemons {
  const key = (file: string): string => join(folder, 'keys', file)
  const setting = (file: string): string => join(folder, 'settings', file)
  const kubernetes = (program: KubeProgram, options: Flags): Daemon => ({
    name: program,
    command: [programs[program], ...flags(options)],
  })
  return {
    first: [
      kubernetes('etcd', {
        'data-dir': join(folder, 'etcd'),
        'listen-client-urls': ADDRESS.etcd,
        'advertise-client-urls': ADDRESS.etcd,
        'listen-peer-urls': ADDRESS.etcdPeer,
        'unsafe-no-fsync': true,
        'log-level': 'warn',
      }),
      kubernetes('kube-apiserver', {
        'etcd-servers': ADDRESS.etcd,
        'secure-port': 6443,
        'advertise-address': ADDRESS.node,
        'service-cluster-ip-range': ADDRESS.services,
        'tls-cert-file': key('apiserver.crt'),
        'tls-private-key-file': key('apiserver.key'),
        'client-ca-file': key('ca.crt'),
        'kubelet-client-certificate': key('apiserver-to-kubelet.crt'),
        'kubelet-client-key': key('apiserver-to-kubelet.key'),
        'kubelet-preferred-address-types': 'InternalIP', // logs and exec would look the node's name up
        'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
        'service-account-key-file': key('service-accounts.pub'),
        'service-account-signing-key-file': key('service-accounts.key'),
        'authorization-mode': 'Node,RBAC',
        'enable-admission-plugins': 'NodeRestriction',
        'allow-privileged': true,
      }),
      { name: 'containerd', command: ['containerd', '--config', setting('containerd.toml')] },
    ],
    afterApiServer: [
      kubernetes('kube-controller-manager', {
        kubeconfig: key('controller-manager.kubeconfig'),
        'use-service-account-credentials': true,
        'service-account-private-key-file': key('service-accounts.key'),
        'root-ca-file': key('ca.crt'),
        'bind-address': '127.0.0.1',
        'leader-elect': false,
        // At the default rate the default ServiceAccount, without which there is no pod, takes 5 s longer.
        'kube-api-qps': 500,
        'kube-api-burst': 1000,
      }),
      kubernetes('kube-scheduler', {
        kubeconfig: key('scheduler.kubeconfig'),
        'bind-address': '127.0.0.1',
        'leader-elect': false,
      }),
      kubernetes('kubelet', {
        config: setting('kubelet.json'),
        kubeconfig: key('kubelet.kubeconfig'),
        'hostname-override': name,
        'node-ip': ADDRESS.node,
      }),
      kubernetes('kube-proxy', { config: setting('kube-proxy.json'), 'hostname-override': name }),
      { name: 'coredns', command: [programs.coredns, '-conf', setting('Corefile')] },
    ],
  }
}

type Flags = Readonly<Record<string, string | number | boolean>>

function flags(options: Flags): readonly string[] {
  return Object.entries(options).map(([name, value]) => `--${name}=${value}`)
}
