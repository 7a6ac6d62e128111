// Addresses in a cluster. They are the same in each: every cluster has a network of its own.

export const ADDRESS = {
  node: '10.99.0.1',
  apiServer: 'https://127.0.0.1:6443',
  etcd: 'http://127.0.0.1:2379',
  etcdPeer: 'http://127.0.0.1:2380',
  containerd: '/run/containerd/containerd.sock',
  pods: '10.244.0.0/24',
  services: '10.96.0.0/16',
  /** Of the Service `kubernetes`: the first of the services. */
  kubernetesService: '10.96.0.1',
} as const
