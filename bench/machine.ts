/** On what a bench ran: absolute figures mean nothing without it. */
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };

/** Machine and versions, as they go into the report. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMib: number;
  readonly kernel: string;
  readonly node: string;
  readonly openssl: string;
  readonly watchsieve: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryMib: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
    node: process.version,
    openssl: process.versions.openssl,
    watchsieve: packageJson.version,
  };
}

export function describeMachine(it: Machine): string {
  return (
    `${it.cpu}, ${it.cores} cores, ${it.memoryMib} MiB, Linux ${it.kernel}; ` +
    `Node.js ${it.node}, OpenSSL ${it.openssl}; watchsieve ${it.watchsieve}`
  );
}

/** Whether any source file is newer than the program made of them. */
export async function isOlderThan(program: string, folder: string): Promise<boolean> {
  const builtAt = statSync(program).mtimeMs;
  const files = await readdir(folder, { recursive: true });
  return files.some((file) => statSync(join(folder, file)).mtimeMs > builtAt);
}
