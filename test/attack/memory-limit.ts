/**
 * A memory limit around one process, as the kubelet sets it: a cgroup of its own, of version 1 or 2, where the machine
 * has one that we may write to.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of the sidecar in the manifests. */
export const LIMIT_BYTES = 256 * 1024 * 1024;

export interface MemoryLimit {
  /** A shell's words that put the shell, and what it then becomes, under the limit. */
  readonly enter: string;
  /** How often the kernel had to refuse or reclaim. */
  readonly failures: () => number;
  readonly remove: () => void;
}

const VERSIONS = [
  {
    root: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    failures: /^(\d+)/,
    file: 'memory.failcnt',
  },
  { root: '/sys/fs/cgroup', limit: 'memory.max', failures: /^oom_kill (\d+)/m, file: 'memory.events' },
] as const;

/** Undefined where the machine has none for us; memory can then only be measured. */
export function limitMemory(bytes: number): MemoryLimit | undefined {
  for (const { root, limit, failures, file } of VERSIONS) {
    const group = join(root, `watchsieve-attack-${process.pid}`);
    try {
      mkdirSync(group);
    } catch {
      continue;
    }
    try {
      // Without it this group has no memory controller.
      if (!existsSync(join(group, limit))) throw new Error('no memory controller');
      writeFileSync(join(group, limit), String(bytes));
      return {
        enter: `echo $$ > ${join(group, 'cgroup.procs')}`,
        failures: () => Number(failures.exec(readFileSync(join(group, file), 'utf8'))?.[1] ?? 0),
        remove: () => rmdirSync(group),
      };
    } catch {
      rmdirSync(group);
    }
  }
  return undefined;
}
