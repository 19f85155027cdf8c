/** Whether a kubelet can run on this machine, and what it takes from Debian. */

import { existsSync } from 'node:fs';
import { platform } from 'node:os';

import { runToEnd } from '../support/child.ts';
import { missingPrograms } from '../support/debian.ts';

const PROGRAMS = {
  '/usr/bin/buildah': 'buildah',
  '/usr/bin/containerd': 'containerd',
  '/usr/sbin/runc': 'runc',
  '/bin/busybox': 'busybox-static',
  '/usr/sbin/iptables': 'iptables',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/usr/bin/openssl': 'openssl',
  '/usr/bin/gcc': 'gcc',
};

/** @returns undefined where a cluster can be started, or else why not. */
export async function missingForCluster(log: (text: string) => void): Promise<string | undefined> {
  if (platform() !== 'linux') return 'a kubelet needs Linux';
  if (process.getuid?.() !== 0) return 'a kubelet needs root';
  if (!existsSync('/sys/fs/cgroup/memory'))
    return 'it was written for cgroup v1, and here /sys/fs/cgroup has no controller `memory`';
  const args = ['--mount', '--cgroup', '--net', '--uts', '--ipc', '--pid', '--fork', '--mount-proc', 'true'];
  const { code, stderr } = await runToEnd({ name: 'unshare', command: 'unshare', args, timeoutMs: 10_000 });
  if (code !== 0) return `this machine gives no namespaces of its own: ${stderr.trim()}`;
  return missingPrograms(Object.keys(PROGRAMS), Object.values(PROGRAMS), log);
}
