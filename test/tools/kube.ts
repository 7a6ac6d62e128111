// Kubernetes' own programs, and the store and the DNS server of a cluster.
import { coredns } from './coredns.ts'
import { goPrograms } from './go-module.ts'

const component = (name: string): string => `k8s.io/kubernetes/cmd/${name}`

/** `package main` of each. etcd's is the root of its server module. */
const packages = {
  'kube-apiserver': component('kube-apiserver'),
  'kube-controller-manager': component('kube-controller-manager'),
  'kube-scheduler': component('kube-scheduler'),
  kubelet: component('kubelet'),
  'kube-proxy': component('kube-proxy'),
  kubectl: component('kubectl'),
  etcd: 'go.etcd.io/etcd/server/v3',
} as const

/** Which Kubernetes they say they are: kubelet and API server compare it. From hack/lib/version.sh. */
const linkerFlags = Object.entries({ gitVersion: 'v1.36.3', gitMajor: '1', gitMinor: '36' }).map(
  ([variable, value]) => `-X k8s.io/component-base/version.${variable}=${value}`,
)

export type KubeProgram = keyof typeof packages | 'coredns'

/** The paths of all programs of a cluster, built where that has never been done. */
export async function kube(): Promise<Readonly<Record<KubeProgram, string>>> {
  const programs = await goPrograms({
    module: 'kube',
    name: 'kube',
    versionOf: 'k8s.io/kubernetes',
    packages,
    linkerFlags,
  })
  return { ...programs, coredns: await coredns() }
}
