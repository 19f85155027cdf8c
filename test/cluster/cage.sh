#!/bin/bash
# The first process of the cage: a machine of its own for one node. Runs in new mount, cgroup, uts, net, ipc and pid
# namespaces, prepares them, says "ready", and ends when its standard input does: the kernel then ends all that runs
# in here, whatever has become of the suite.
#
# cage.sh FOLDER: FOLDER is this run's own.
set -euo pipefail
folder=$1
mount --make-rprivate /
# Volumes of Pods are mounted by the kubelet and have to show up in containers.
mount --make-rshared /

# The cgroups of the caller, as the root of those in here.
umount -R /sys/fs/cgroup 2>/dev/null || umount -lR /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
  mkdir "/sys/fs/cgroup/$controller"
  mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller"
done
mkdir /sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd

hostname node1
ip link set lo up
ip link add eth0 type veth peer name wire
ip addr add 192.0.2.10/24 dev eth0
ip link set eth0 up
ip link set wire up
ip route add default dev eth0
echo 1 >/proc/sys/net/ipv4/ip_forward

mount -t tmpfs -o mode=755 tmpfs /run
for path in var/log var/lib/cni var/lib/kubelet; do
  mkdir -p "$folder/$path" "/$path"
  mount --bind "$folder/$path" "/$path"
done
# A kubelet wants these kernel settings, and would write them for the whole machine: it is shown that they are so.
for setting in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1; do
  file=$folder/$(basename "${setting%=*}")
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

echo ready
# Bash waits for children in here while it reads, those that were left to it by others included.
while read -r _; do :; done
