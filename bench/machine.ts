/** On what a bench ran: absolute figures mean nothing without it. */
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import type { Found, Programs } from './setup.ts';

/** Machine and versions, as they go into the report. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMib: number;
  readonly kernel: string;
  /** By name; empty for what could not be had. */
  readonly versions: Readonly<Record<string, string>>;
}

export function machine({ nginx, haproxy, goFilter }: Programs): Machine {
  const version = (found: Found): string => ('version' in found ? found.version : '');
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryMib: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    versions: {
      watchsieve: packageJson.version,
      'Node.js': process.versions.node,
      OpenSSL: process.versions.openssl,
      nginx: version(nginx),
      HAProxy: version(haproxy),
      Go: version(goFilter),
    },
  };
}

export function describeMachine({ cpu, cores, memoryMib, kernel, versions }: Machine): string {
  const named = Object.entries(versions)
    .filter(([, version]) => version !== '')
    .map(([name, version]) => `${name} ${version}`);
  return `${cpu}, ${cores} cores, ${memoryMib} MiB, Linux ${kernel}; ${named.join(', ')}`;
}
