// The configuration files of the daemons that have one. JSON where they read YAML.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PAUSE } from '../image/busybox.ts'
import { ADDRESS } from './address.ts'

/** Writes them into `folder`/settings. `folder`/keys are the keys. */
export function writeSettings(folder: string, name: string): void {
  const settings = join(folder, 'settings')
  mkdirSync(join(settings, 'cni'), { recursive: true })
  const write = (file: string, content: object | string): void =>
    writeFileSync(join(settings, file), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
  write('containerd.toml', containerd(join(settings, 'cni')))
  write('cni/bridge.conflist', bridge)
  write('kubelet.json', kubelet(folder, name))
  write('kube-proxy.json', kubeProxy(folder))
  write('Corefile', corefile(folder))
}

// restrict_oom_score_adj: without CAP_SYS_RESOURCE nobody may lower it, and every sandbox would fail.
// path of opt: otherwise /opt/containerd, on the machine itself.
function containerd(cniFolder: string): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
  address = "${ADDRESS.containerd}"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cniFolder}"
`
}

/** The default gateway brings the default route; one among `routes` too would be there twice. */
const bridge = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isDefaultGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: ADDRESS.pods }]] },
    },
  ],
}

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
function kubelet(folder: string, name: string): object {
  const key = (file: string): string => join(folder, 'keys', file)
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false, // many CI machines still are cgroup v1 or hybrid
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${name}`, // pods' cgroups in our own
    containerRuntimeEndpoint: `unix://${ADDRESS.containerd}`,
    maxOpenFiles: 20_000, // a million, the default, needs CAP_SYS_RESOURCE
    oomScoreAdj: 0, // less needs it too
    failSwapOn: false,
    resolvConf: join(folder, 'resolv.conf'),
    podLogsDir: '/var/log/pods',
    volumePluginDir: '/var/lib/kubelet/volume-plugins', // else below /usr, which can't be written to
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: key('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: key('kubelet.crt'),
    tlsPrivateKeyFile: key('kubelet.key'),
    clusterDomain: 'cluster.local',
    clusterDNS: [ADDRESS.node],
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1Gi', 'imagefs.available': '1Gi' },
    nodeStatusUpdateFrequency: '4s',
    syncFrequency: '10s',
  }
}

/** nftables, which needs no iptables; the limits of conntrack are the whole machine's, and are left alone. */
function kubeProxy(folder: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig: join(folder, 'keys', 'kube-proxy.kubeconfig') },
    clusterCIDR: ADDRESS.pods,
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  }
}

function corefile(folder: string): string {
  return `cluster.local:53 {
  errors
  ready :8181
  kubernetes cluster.local {
    kubeconfig ${join(folder, 'keys', 'admin.kubeconfig')}
  }
}
`
}
