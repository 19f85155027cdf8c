/**
 * What processes used, by the kernel's own account. CPU time is that of all threads of a process and of its
 * children, in nanoseconds (schedstat): the clock ticks of /proc/PID/stat are too coarse for 50 events a second.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** User and system time of a process and its children so far. Threads that have ended are not in it. */
export function cpuNanos(pid: number): number {
  let sum = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`;
    sum += Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]);
    for (const child of childrenOf(folder)) sum += cpuNanos(child);
  }
  return sum;
}

/** How long the main thread was ready to run and waited for a processor, so far. */
export function waitedNanos(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]);
}

/** How often threads of a process had waited for something, and went on, so far. */
export function wakeUps(pid: number): number {
  const count = (task: string): number =>
    Number(
      /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(
        readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8'),
      )?.[1],
    );
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + count(task), 0);
}

/** Resident memory of a process and its children. */
export function rssBytes(pid: number): number {
  return memory(pid, /^VmRSS:\s+(\d+) kB$/m);
}

/** The most that was ever resident; of several processes, the sum of each one's most. */
export function peakRssBytes(pid: number): number {
  return memory(pid, /^VmHWM:\s+(\d+) kB$/m);
}

function memory(pid: number, line: RegExp): number {
  const found = line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  const own = Number(found?.[1] ?? Number.NaN) * 1024;
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    childrenOf(`/proc/${pid}/task/${task}`),
  );
  return children.reduce((sum, child) => sum + memory(child, line), own);
}

function childrenOf(taskFolder: string): number[] {
  return readFileSync(`${taskFolder}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
