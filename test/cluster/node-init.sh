# What the node's first process does first (bash sources it). Environment: NAME, FOLDER, USR, NODE_ADDRESS.
set -eu
cd /
read -r host_pid _ < /proc/self/stat # while /proc is still the host's and counts as the host does
echo "$NAME" > /proc/sys/kernel/hostname
mount --make-rshared / # a peer group of its own: kubelet and containerd want shared mounts, and nothing gets out

# /sys of our network namespace, for those that look there from a hostPath; the cgroups stay the machine's.
mkdir "$FOLDER/cgroup"
mount --rbind /sys/fs/cgroup "$FOLDER/cgroup"
mount --make-rprivate "$FOLDER/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$FOLDER/cgroup" /sys/fs/cgroup
umount -l "$FOLDER/cgroup"
mount -t proc proc /proc
mount -t overlay -o "lowerdir=$USR:/usr" overlay /usr

# The folders whose names are built into kubelet, containerd and the CNI plugins.
mkdir -p "$FOLDER"/{lib,log/pods}
if [[ $USR == /var/lib/* ]]; then # the programs are in the home of a CI's user, such as /var/lib/jenkins, which stays
  home=${USR#/var/lib/} home=${home%%/*}
  mkdir "$FOLDER/lib/$home"
  mount --bind "/var/lib/$home" "$FOLDER/lib/$home"
fi
mount --rbind "$FOLDER/lib" /var/lib
mount --bind "$FOLDER/log" /var/log
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /var/lib/{kubelet,containerd,cni} /var/log/containers

# No look-ups outside. (A link leads into /run, which is empty now.)
: > "$FOLDER/resolv.conf"
[ -L /etc/resolv.conf ] || mount --bind "$FOLDER/resolv.conf" /etc/resolv.conf
printf '127.0.0.1 localhost\n%s %s\n' "$NODE_ADDRESS" "$NAME" > "$FOLDER/hosts"
mount --bind "$FOLDER/hosts" /etc/hosts

# The kubelet insists on these values, which are the whole machine's: show it the ones that it wants, and keep the machine's.
mkdir "$FOLDER/sysctl"
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  path=/proc/sys/${setting%=*} file=$FOLDER/sysctl/$(basename "${setting%=*}")
  [ -e "$path" ] || continue
  echo "${setting#*=}" > "$file"
  mount --bind "$file" "$path"
done

ip link set lo up
# The kubelet refuses an address of lo. A pair with both ends in here: not every kernel has the dummy driver.
ip link add eth0 type veth peer name eth0-peer
ip link set eth0-peer up
ip address add "$NODE_ADDRESS/24" dev eth0
ip link set eth0 up
ip route add default dev eth0 # leads nowhere, but kube-proxy and CNI plugins look for one
echo 1 > /proc/sys/net/ipv4/ip_forward # of this network namespace
set +e # from here on a failure is the daemon's own, which the first process outlives
echo "$host_pid"
